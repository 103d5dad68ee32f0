/** What jobs ask of the warehouse yields to what pages ask of it. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createReader } from '@shelfcast/api/read/reader'
import { BACKGROUND_NICE, BACKGROUND_SETTINGS, ONLINE_SETTINGS } from '@shelfcast/contracts/background'
import { openBackends } from '@shelfcast/jobs/backends'
import { BACKGROUND_THREADS } from '@shelfcast/runtime/background'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { buildFeatures } from '@shelfcast/warehouse/features'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startWarehouse, type TestWarehouse } from '../warehouse/warehouse.ts'

const OF_JOBS = { ...BACKGROUND_SETTINGS, max_threads: BACKGROUND_THREADS }
const NAMES = Object.keys(OF_JOBS)

const jobsOn = (access: { url: string; password: string }) =>
  openBackends({
    CLICKHOUSE_URL: access.url,
    CLICKHOUSE_PASSWORD: access.password,
    OPERATIONAL_PASSWORD: 'nobody-asks',
    S3_ACCESS_KEY: 'nobody-asks',
    S3_SECRET_KEY: 'nobody-asks',
  })

describe('as it is sent', () => {
  /** Takes every statement, and answers with no rows but to questions that always have one. */
  let server: Server
  let access: { url: string; user: string; password: string }
  const requests: URLSearchParams[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(new URL(request.url!, 'http://warehouse').searchParams)
      void text(request).then((statement) => {
        if (/^\s*select toString\(now64/.test(statement))
          response.end('{"read_at":"2026-02-01 00:00:00.000"}\n')
        else response.end(statement.includes(' as newer') ? '{"newer":0}\n' : '')
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    access = { url: `http://127.0.0.1:${port}`, user: 'shelfcast', password: 'none' }
  })
  afterAll(() => server?.close())

  const sent = (names: readonly string[]) =>
    requests.splice(0).map((settings) => Object.fromEntries(names.map((name) => [name, settings.get(name)])))
  const asText = (settings: object) =>
    Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]))

  test('every statement of a build of features has the settings of background work', async () => {
    const backends = jobsOn(access)
    await buildFeatures({ ...backends, origins: ['2026-01-31'] })
    await Promise.all([backends.warehouse.close(), backends.operational.close()])
    const statements = sent(NAMES)
    expect(statements.length).toBeGreaterThan(10)
    for (const settings of statements) expect(settings).toEqual(asText(OF_JOBS))
  })

  test('a question of a page has none of them, and goes first', async () => {
    const warehouse = createWarehouse({ ...access, application: 'api' })
    await createReader(warehouse)('select 1')
    await warehouse.close()
    const [settings] = sent(NAMES)
    expect(settings).toEqual({
      ...Object.fromEntries(NAMES.map((name) => [name, null])),
      ...asText(ONLINE_SETTINGS),
    })
    expect(Number(ONLINE_SETTINGS.priority)).toBeLessThan(Number(BACKGROUND_SETTINGS.priority))
  })
})

describe('as the engine takes it', () => {
  let server: TestWarehouse
  beforeAll(async () => {
    server = await startWarehouse()
  })
  afterAll(() => server?.stop())

  /** nice values of the threads of the warehouse. */
  const niceValues = () => {
    const tasks = `/proc/${server.process.pid()}/task`
    return readdirSync(tasks).map((thread) => {
      const fields = readFileSync(`${tasks}/${thread}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
      return Number(fields[16])
    })
  }

  test('they hold for a statement of a job', async () => {
    const { warehouse, operational } = jobsOn(server.access)
    const rows = await rowsOf<{ name: string; value: string }>(
      warehouse,
      'select name, value from system.settings where name in {names:Array(String)}',
      { names: NAMES },
    )
    await Promise.all([warehouse.close(), operational.close()])
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries(Object.entries(OF_JOBS).map(([name, value]) => [name, String(value)])),
    )
  })

  test.skipIf(!maySetNice())(
    'its threads are lowered, and are again as they were when it has ended',
    async () => {
      const { warehouse, operational } = jobsOn(server.access)
      const lowered = () => niceValues().filter((nice) => nice === BACKGROUND_NICE)
      expect(lowered()).toEqual([])
      const statement = rowsOf(
        warehouse,
        'select sum(sleepEachRow(0.05)) from numbers(60) settings max_block_size = 1',
      )
      await vi.waitFor(() => expect(lowered()).not.toEqual([]), { timeout: 10_000, interval: 20 })
      await statement
      expect(lowered()).toEqual([])
      await Promise.all([warehouse.close(), operational.close()])
    },
  )
})

/** Whether a process of ours, as the embedded warehouse is one, may raise a priority again. */
function maySetNice(): boolean {
  const CAP_SYS_NICE = 23n
  try {
    const [, effective] = /^CapEff:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))!
    return ((BigInt(`0x${effective}`) >> CAP_SYS_NICE) & 1n) === 1n
  } catch {
    return false
  }
}
