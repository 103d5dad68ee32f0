/** `npm run rebuild`: the warehouse again from the lake, to the row, beside a running ingest and after a kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePort } from '../platform/server-process.ts'
import { aggregatesMatchFacts, fingerprints } from '../stack/aggregates.ts'
import { dirtyBaskets, produce, publishReference } from '../stack/dirt.ts'
import { untilLanded, untilMoment, warehouseOf } from '../stack/figures.ts'
import { killAll, startIngest } from '../stack/processes.ts'

const ENTRY = fileURLToPath(new URL('../../services/ingest/load/rebuild.ts', import.meta.url))

let folder: string
let stack: Stack
let warehouse: Warehouse
let produced = 0
const rebuilds = new Set<ChildProcess>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-rebuild-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['kafka', 'lake', 'warehouse'] })
  warehouse = warehouseOf(stack.environment)
  await publishReference(stack.environment)
}, 180_000)

afterEach(async () => {
  for (const child of rebuilds) child.kill('SIGKILL')
  await killAll()
})

afterAll(async () => {
  await warehouse?.close()
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

async function produceMore(): Promise<void> {
  const { messages } = dirtyBaskets(400, produced)
  produced += 400
  await produce(stack.environment, messages)
}

async function landed(): Promise<void> {
  for (const topic of EVENT_TOPICS) await untilLanded(stack.environment, topic)
}

function startRebuild(extra: Record<string, string>, ...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', ENTRY, '--json', ...args],
    {
      env: { ...machineEnvironment(process.env), ...stack.environment, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  rebuilds.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const ended = once(child, 'exit').then(([code, signal]) => {
    rebuilds.delete(child)
    return { how: (code ?? signal) as number | string, output }
  })
  return { child, ended }
}

async function count(query: string): Promise<number> {
  const answer = await warehouse.query({ query, format: 'JSONEachRow' })
  const [row] = await answer.json<{ found: string }>()
  return Number(row!.found)
}

test('beside a running ingest it comes out the same, and what arrives meanwhile comes in', async () => {
  const ingest = await startIngest(stack.environment, { INGEST_LINGER_MS: '100' })
  await ingest.ready()
  for (let round = 0; round < 4; round++) {
    await produceMore()
    await landed()
  }
  const before = await fingerprints(warehouse)

  const { how, output } = await startRebuild({ INGEST_URL: ingest.url }, '--yes').ended
  expect(output).toContain('The warehouse is as it was, to the row.')
  expect(how).toBe(0)
  expect(JSON.parse(output.trim().split('\n').at(-1)!)).toMatchObject({ equal: true, rows_added: 0 })
  expect(await fingerprints(warehouse)).toEqual(before)

  const beside = startRebuild({ INGEST_URL: ingest.url }, '--yes')
  for (let round = 0; round < 3; round++) await produceMore()
  expect((await beside.ended).how).toBe(0)
  await landed()
  await aggregatesMatchFacts(warehouse)
  const rows = 'select count() as found from fact_sales'
  expect(await count(rows)).toBe(
    await count('select uniqExact(topic, epoch, partition, offset, line_no) as found from fact_sales'),
  )
  expect(await count('select sum(rows_accepted) as found from lake_objects')).toBe(await count(rows))
  expect(await ingest.stop()).toBe(0)
}, 120_000)

test('killed while it empties or while it loads, what is missing comes in by the next rebuild or by ingest', async () => {
  const before = await fingerprints(warehouse)
  const [rebuilt, blocks] = await Promise.all(['rebuilds', 'lake_objects'].map(rowsIn))
  await killRebuild(async () => (await rowsIn('rebuilds')) > rebuilt!)
  await emptiedLongAgo()
  await killRebuild(async () => {
    const loaded = await rowsIn('lake_objects')
    return loaded > 0 && loaded < blocks!
  })
  const ingest = await startIngest(stack.environment)
  await ingest.ready()
  await landed()
  expect(await fingerprints(warehouse)).toEqual(before)
  expect(await ingest.stop()).toBe(0)

  // The warehouse and the lake are killed under it, and it goes on.
  const emptied = await rowsIn('rebuilds')
  const patient = startRebuild({}, '--yes')
  await untilMoment(async () => (await rowsIn('rebuilds')) > emptied, 'the emptying')
  for (const name of ['warehouse', 'lake'] as const) {
    stack.part(name).kill()
    await stack.part(name).ready(60_000)
  }
  const { how, output } = await patient.ended
  expect(output).toMatch(/ClickHouse \(warehouse\) is back[\s\S]*The warehouse is as it was, to the row\./)
  expect(how).toBe(0)
  expect(await fingerprints(warehouse)).toEqual(before)

  // Right after it has emptied.
  await killRebuild(async () => (await rowsIn('rebuilds')) > emptied + 3)
  expect((await startRebuild({}, '--yes').ended).how).toBe(0)
  expect(await fingerprints(warehouse)).toEqual(before)
}, 120_000)

const rowsIn = (table: string) => count(`select count() as found from ${table}`)

async function killRebuild(moment: () => Promise<boolean>): Promise<void> {
  const { child, ended } = startRebuild({}, '--yes')
  await untilMoment(moment, 'the moment of the kill')
  child.kill('SIGKILL')
  await ended
}

/** Nobody waits a minute here for what was killed to count as gone. */
async function emptiedLongAgo(): Promise<void> {
  await warehouse.command({
    query: 'alter table rebuilds update at = at - interval 2 minute where true settings mutations_sync = 2',
  })
}

test('it refuses with more than one ingest in the group, with one that does not answer, and unasked', async () => {
  const first = await startIngest(stack.environment)
  await first.ready()
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const unreachable = await startRebuild({ INGEST_URL: nowhere, SHELFCAST_WAIT_S: '1' }, '--yes').ended
  expect(unreachable.output).toMatch(/Ingest \(ingest\) does not answer; waiting/)
  expect(unreachable.output).toMatch(/does not answer at http:\/\/127\.0\.0\.1:\d+ .*Set INGEST_URL/)
  const second = await startIngest(stack.environment)
  await second.ready()
  const crowded = await startRebuild({ INGEST_URL: first.url }, '--yes').ended
  expect(crowded.output).toMatch(/2 ingest processes are in the consumer group .*Stop all but one/)
  const unasked = await startRebuild({ INGEST_URL: first.url }).ended
  expect(unasked.output).toMatch(/Say that you mean it/)
  expect([unreachable.how, crowded.how, unasked.how]).toEqual([1, 1, 1])
  expect(await count('select count() as found from fact_sales')).toBeGreaterThan(0)
  await Promise.all([first.stop(), second.stop()])
}, 90_000)
