/** The curated zone: compacted, read by three engines, travelled back in, and loaded from. Killed: curated.heavy. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CURATED_TABLES } from '@shelfcast/contracts/curated'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { loadedEnd } from '@shelfcast/ingest/load/log'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { aggregatesMatchFacts, fingerprints } from '../stack/aggregates.ts'
import { publishReference } from '../stack/dirt.ts'
import { lakeOf, untilLanded, untilMoment, warehouseOf } from '../stack/figures.ts'
import { killAll, startIngest } from '../stack/processes.ts'
import {
  compact,
  curatedTotals,
  factTotals,
  foreignTotals,
  hasSpark,
  killCompactions,
  produceDays,
  recordedSnapshots,
  type TableTotals,
  totals,
} from './curated.ts'

const REBUILD = resolve(import.meta.dirname, '../../services/ingest/load/rebuild.ts')
const MINUTE_MS = 60_000
const NEWEST = Object.fromEntries(CURATED_TABLES.map((name) => [name, null]))

let folder: string
let stack: Stack
let warehouse: Warehouse
let analyst: Warehouse

beforeAll(async () => {
  if (!hasSpark) return
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-curated-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['kafka', 'lake', 'warehouse'] })
  warehouse = warehouseOf(stack.environment)
  analyst = createWarehouse({
    url: stack.environment.CLICKHOUSE_URL!,
    user: 'analyst',
    password: stack.secrets.analyst_password,
    application: 'test',
    work: 'analyst',
  })
  await publishReference(stack.environment)
}, 180_000)

afterEach(async () => {
  await killCompactions()
  await killAll()
})

afterAll(async () => {
  await Promise.all([warehouse?.close(), analyst?.close()])
  await stack?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
}, 60_000)

/** Messages through ingest, into several blocks. */
async function land(...batches: [count: number, from: number, stepMs: number][]): Promise<void> {
  const ingest = await startIngest(stack.environment, { INGEST_LINGER_MS: '100' })
  await ingest.ready()
  for (const batch of batches) {
    await produceDays(stack.environment, ...batch)
    for (const topic of EVENT_TOPICS) await untilLanded(stack.environment, topic)
  }
  expect(await ingest.stop()).toBe(0)
}

async function blockNames(): Promise<string[]> {
  const names: string[] = []
  for (const topic of EVENT_TOPICS)
    for await (const { name } of lakeOf(stack.environment).list('raw', `${topic}/`)) names.push(name)
  return names
}

async function filesByDay(): Promise<number[]> {
  const answer = await warehouse.query({
    query: 'select uniqExact(_path) as files from curated.sales group by business_date',
    format: 'JSONEachRow',
  })
  return (await answer.json<{ files: string }>()).map(({ files }) => Number(files))
}

let first: { snapshots: Record<string, string>; totals: TableTotals }

test.skipIf(!hasSpark)(
  'blocks come into the tables, and three engines read the same of them',
  async () => {
    await land([200, 0, 20 * MINUTE_MS], [100, 200, 20 * MINUTE_MS])
    const figures = await compact(stack.environment)
    const facts = await factTotals(warehouse)
    expect(facts.inventory!.rows).toBeGreaterThan(0)
    expect(facts.refused!.rows).toBeGreaterThan(0)
    expect(await curatedTotals(warehouse)).toEqual(facts)
    expect(await curatedTotals(analyst)).toEqual(facts)
    expect(await foreignTotals(stack.environment, NEWEST)).toMatchObject({ pyiceberg: facts, duckdb: facts })

    const names = await blockNames()
    // The gate goes on from the newest block of a chain, so that one may not expire.
    const newest = new Set(
      new Map(names.map((name) => [name.slice(0, name.lastIndexOf('/')), name])).values(),
    )
    expect(figures).toMatchObject({ blocks: names.length, blocks_tagged: names.length - newest.size })
    const lake = lakeOf(stack.environment)
    for (const name of names)
      expect(await lake.client.getObjectTagging(lake.bucket('raw'), name), name).toEqual(
        newest.has(name) ? [] : [{ Key: 'curated', Value: 'yes' }],
      )
    expect(JSON.parse((await lake.read('raw', 'jobs/compact.json')).toString())).toMatchObject({
      state: 'done',
      metrics: { blocks: names.length },
    })
    first = { snapshots: await recordedSnapshots(stack.environment), totals: facts }
  },
  300_000,
)

test.skipIf(!hasSpark)(
  'rows that came late come into their days: each row once, a day one file',
  async () => {
    // The first two days again, by baskets that are new.
    await land([100, 300, 15 * MINUTE_MS], [200, 400, 4 * MINUTE_MS])
    const facts = await factTotals(warehouse)
    const figures = await compact(stack.environment)
    expect(await curatedTotals(warehouse)).toEqual(facts)
    expect(await foreignTotals(stack.environment, NEWEST)).toMatchObject({ pyiceberg: facts, duckdb: facts })
    expect(new Set(await filesByDay())).toEqual(new Set([1]))
    expect(figures.files_after).toBeLessThan(figures.files_before!)
    // With nothing new, Spark is not even started.
    expect(await compact(stack.environment, { SPARK_JARS: '/nowhere' })).toMatchObject({ blocks: 0 })
  },
  300_000,
)

test.skipIf(!hasSpark)(
  'an older snapshot gives the older totals, in each engine',
  async () => {
    const older = await foreignTotals(stack.environment, first.snapshots)
    expect(older).toMatchObject({ pyiceberg: first.totals, duckdb: first.totals })
    for (const reader of [warehouse, analyst])
      expect(
        await totals(
          reader,
          { sales: 'select count() as rows, sum(net_amount) as net from curated.sales' },
          { iceberg_snapshot_id: first.snapshots.sales! },
        ),
      ).toEqual({ sales: first.totals.sales })
  },
  120_000,
)

function startRebuild(...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', REBUILD, '--yes', '--json', ...args],
    { env: { ...machineEnvironment(process.env), ...stack.environment, INGEST_URL: 'http://127.0.0.1:9' } },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close').then(([code, signal]) => ({ how: code ?? signal, output }))
  return { child, ended }
}

async function steps(): Promise<number> {
  const actual = await totals(warehouse, {
    rebuilds: `select count() as rows from rebuilds where step = 'filling'`,
  })
  return actual.rebuilds!.rows
}

test.skipIf(!hasSpark)(
  'where blocks have expired, a rebuild takes their rows from the curated tables, to the same result',
  async () => {
    await land([50, 600, 5 * MINUTE_MS])
    const before = await fingerprints(warehouse)
    const rebuild = await startRebuild('--from', 'curated').ended
    expect(rebuild.output).toContain('The warehouse is as it was, to the row.')
    expect(await fingerprints(warehouse)).toEqual(before)

    const lake = lakeOf(stack.environment)
    const expired: string[] = []
    for (const name of await blockNames())
      if ((await lake.client.getObjectTagging(lake.bucket('raw'), name)).length > 0) expired.push(name)
    expect(expired.length).toBeGreaterThan(0)
    await lake.client.removeObjects(lake.bucket('raw'), expired)

    const refused = await startRebuild('--from', 'raw').ended
    expect(refused).toMatchObject({
      how: 1,
      output: expect.stringContaining('Nothing was emptied. The chain'),
    })
    expect(await fingerprints(warehouse)).toEqual(before)
    const rebuilt = await startRebuild().ended
    expect(rebuilt.output).toContain('The warehouse is as it was, to the row.')
    expect(JSON.parse(rebuilt.output.trim().split('\n').at(-1)!)).toMatchObject({
      equal: true,
      source: 'curated',
      rows_added: 0,
    })
    expect(await fingerprints(warehouse)).toEqual(before)
    await aggregatesMatchFacts(warehouse)

    // Killed while it fills: nobody loads anything until it has been done again.
    const count = await steps()
    const { child, ended } = startRebuild()
    await untilMoment(async () => (await steps()) > count, 'the rebuild has begun')
    child.kill('SIGKILL')
    await ended
    const chain = { topic: 'sales-transactions', epoch: 0, partition: 0 } as const
    await expect(loadedEnd(warehouse, chain)).rejects.toThrow('npm run rebuild -- --from curated')
    await warehouse.command({
      query: 'alter table rebuilds update at = at - interval 2 minute where true settings mutations_sync = 2',
    })
    expect(await startRebuild().ended).toMatchObject({
      output: expect.stringContaining('"source":"curated"'),
    })
    expect(await fingerprints(warehouse)).toEqual(before)
  },
  120_000,
)
