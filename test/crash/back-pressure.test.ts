/** A store is away while far more comes in than fits into memory: what can go on goes on, and the rest waits in Kafka. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { largeBaskets, produce, publishReference, sum } from '../stack/dirt.ts'
import {
  type Figures,
  lakeFigures,
  lakeOf,
  ledgerKeys,
  type StackVariables,
  until,
  untilLanded,
  untilMoment,
  warehouseFigures,
} from '../stack/figures.ts'
import { type IngestProcess, killAll, startIngest } from '../stack/processes.ts'

const MIB = 1_024 * 1_024
/** All of one store, so of one partition: 75 MiB, of which two blocks and what is buffered take about two thirds. */
const BASKETS = 9_000
/** What the process may take in all. */
const RESIDENT_LIMIT = 500 * MIB
/** One answer of the broker that is being judged, and the next, for a partition. */
const PENDING_LIMIT = 8 * MIB

let folder: string
let stack: Stack
let variables: StackVariables
let ingest: IngestProcess
let peak = 0
let sampling: NodeJS.Timeout
let expected: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
let sent = 0

async function sendLarge(baskets: number): Promise<void> {
  const { messages, expected: added } = largeBaskets(baskets, sent)
  sent += baskets
  expected = sum(expected, added)
  await produce(variables, messages)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-pressure-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['kafka', 'lake', 'warehouse'] })
  variables = stack.environment
  await publishReference(variables)
  ingest = await startIngest(variables, { INGEST_LINGER_MS: '50' })
  await ingest.ready()
  sampling = setInterval(async () => {
    const metrics = await ingest.metrics().catch(() => undefined)
    peak = Math.max(peak, metrics?.get('process_resident_memory_bytes') ?? 0)
  }, 200)
}, 180_000)

afterAll(async () => {
  clearInterval(sampling)
  await killAll()
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

test('object store away: reading pauses when memory holds its share, and goes on when it is back', async () => {
  await sendLarge(10)
  await untilLanded(variables, 'sales-transactions')
  await stack.part('lake').crash()
  await sendLarge(BASKETS)
  const pending: number[] = []
  await untilMoment(async () => {
    pending.push((await ingest.metrics()).get('ingest_pending_bytes')!)
    // It has stood still for a while, and not because there was nothing to read.
    return (
      pending.at(-1)! > 0 &&
      pending.slice(-20).every((bytes) => bytes === pending.at(-1)) &&
      pending.length > 20
    )
  }, 'reading to pause')
  expect(Math.max(...pending)).toBeLessThan(PENDING_LIMIT)
  await stack.part('lake').start()
  await untilLanded(variables, 'sales-transactions')
  expect(await warehouseFigures(variables)).toEqual(expected)
}, 120_000)

test('warehouse away: the lake goes on without it, and the loader catches up when it is back', async () => {
  const before = await ledgerKeys(variables, 'sales-transactions')
  await stack.part('warehouse').crash()
  await sendLarge(BASKETS)
  const lake = lakeOf(variables)
  let rows = 0
  await until(async () => {
    rows = 0
    for await (const { name } of lake.list('raw', 'sales-transactions/')) {
      rows += Number((await lake.metadata('raw', name))!['rows-accepted'])
    }
    return rows >= expected.accepted
  }, 'all blocks in the lake')
  await stack.part('warehouse').start()
  expect((await ledgerKeys(variables, 'sales-transactions')).length).toBeGreaterThanOrEqual(before.length)
  await untilLanded(variables, 'sales-transactions')
  expect(await warehouseFigures(variables)).toEqual(expected)
  const { blocks, ...actual } = await lakeFigures(variables, 'sales-transactions')
  expect(actual).toEqual(expected)
  expect(await ledgerKeys(variables, 'sales-transactions')).toEqual([...blocks].sort())
  expect(await ingest.stop()).toBe(0)
}, 120_000)

test('all the while the process stayed within its memory', () => {
  expect(peak).toBeGreaterThan(0)
  expect(peak).toBeLessThan(RESIDENT_LIMIT)
})
