/** A kill at any step, and two processes at once: nothing lost, nothing counted twice. */
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STEPS } from '@shelfcast/ingest/metrics'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { topicOffsets } from '@shelfcast/runtime/kafka'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createFaultProxy } from '../campaign/fault-proxy.ts'
import { recreateTopic } from '../campaign/recreate-topic.ts'
import { DEAD_LETTERS, FACTS, PUT } from '../campaign/requests.ts'
import { dirtyBaskets, produce, publishReference, sum } from '../stack/dirt.ts'
import {
  deadLetterPositions,
  type Figures,
  kafkaOf,
  lakeFigures,
  ledgerKeys,
  type StackVariables,
  topicEnds,
  untilLanded,
  warehouseFigures,
  warehouseOf,
} from '../stack/figures.ts'
import { killAll, startIngest } from '../stack/processes.ts'

const BASKETS = 400

let folder: string
let stack: Stack
let variables: StackVariables
const NOTHING: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
let expected = NOTHING
let produced = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-crash-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['kafka', 'lake', 'warehouse'] })
  variables = stack.environment
  await publishReference(variables)
}, 180_000)

afterEach(killAll)

afterAll(async () => {
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

async function produceMore(baskets = BASKETS): Promise<void> {
  const { messages, expected: added } = dirtyBaskets(baskets, produced)
  produced += baskets
  expected = sum(expected, added)
  await produce(variables, messages)
}

/** Lake, warehouse, ledger and dead-letter copies hold each line once. */
async function expectExact(): Promise<void> {
  await untilLanded(variables, 'sales-transactions')
  await expectSame()
}

async function expectSame(): Promise<void> {
  const { blocks, ...lake } = await lakeFigures(variables, 'sales-transactions')
  expect(lake).toEqual(expected)
  expect(await warehouseFigures(variables)).toEqual(expected)
  expect(await ledgerKeys(variables, 'sales-transactions')).toEqual([...blocks].sort())
  const letters = await deadLetterPositions(variables)
  const byReason: Record<string, number> = {}
  for (const reason of letters.values()) byReason[reason] = (byReason[reason] ?? 0) + 1
  // A repeated basket of three lines is one letter.
  expect({ ...byReason, repeated: (byReason.repeated ?? 0) * 3 }).toEqual(expected.refused)
}

test.each(STEPS)(
  'killed at the step %s',
  async (step) => {
    // A group of its own need not wait until the broker gives up the dead member, and knows no committed offset.
    const doomed = await startIngest(variables, {
      INGEST_GROUP: `until-${step}`,
      INGEST_KILL_AFTER: `${step}:3`,
      INGEST_LINGER_MS: '50',
    })
    // What is there at once is one load: the next comes when it is loaded.
    let isOver = false
    const ended = doomed.ended.finally(() => {
      isOver = true
    })
    while (!isOver) {
      await produceMore(BASKETS / 4)
      const landing = untilLanded(variables, 'sales-transactions')
      landing.catch(() => undefined)
      await Promise.race([ended, landing])
    }
    expect(await ended).toBe('SIGKILL')
  },
  60_000,
)

test('after a kill at each step, the next process goes on where the lake ends', async () => {
  const next = await startIngest(variables, { INGEST_GROUP: 'after-steps', INGEST_LINGER_MS: '50' })
  await next.ready()
  await expectExact()
  expect(await next.stop()).toBe(0)
}, 90_000)

test.each(['request', 'answer'] as const)(
  'connections break off during a PUT and during loads, in the %s',
  async (where) => {
    const lake = await createFaultProxy(variables.S3_ENDPOINT!, 0, randomInt)
    const warehouse = await createFaultProxy(variables.CLICKHOUSE_URL!, 0, randomInt)
    const cuts = [lake.cut(where, PUT), warehouse.cut(where, FACTS), warehouse.cut(where, DEAD_LETTERS)]
    const ingest = await startIngest(
      { ...variables, S3_ENDPOINT: lake.url, CLICKHOUSE_URL: warehouse.url },
      { INGEST_GROUP: `cut-${where}`, INGEST_LINGER_MS: '100' },
    )
    await produceMore()
    await Promise.all(cuts)
    await expectExact()
    expect(await ingest.stop()).toBe(0)
    await Promise.all([lake.close(), warehouse.close()])
  },
  60_000,
)

test('what is ready of all partitions goes in one load', async () => {
  const ingest = await startIngest(variables, { INGEST_GROUP: 'one-load', INGEST_LINGER_MS: '1000' })
  await ingest.ready()
  const warehouse = warehouseOf(variables)
  const chainsOfLoads = async () => {
    const answer = await warehouse.query({
      query: 'select length(ranges) as chains from loads order by number',
      format: 'JSONEachRow',
    })
    return (await answer.json<{ chains: string }>()).map(({ chains }) => Number(chains))
  }
  const before = await chainsOfLoads()
  const keysBefore = await ledgerKeys(variables, 'sales-transactions')
  await produceMore()
  await expectExact()
  const loads = (await chainsOfLoads()).slice(before.length)
  const blocks = (await ledgerKeys(variables, 'sales-transactions')).length - keysBefore.length
  expect(blocks).toBeGreaterThan(2)
  // What was sent in the moment in which blocks end comes with the next.
  expect(loads.length).toBeLessThanOrEqual(2)
  expect(Math.max(...loads)).toBeGreaterThan(1)
  await warehouse.close()
  expect(await ingest.stop()).toBe(0)
}, 60_000)

test('two processes share the partitions, and one that is killed is replaced by the other', async () => {
  const first = await startIngest(variables, { INGEST_LINGER_MS: '100' })
  await first.ready()
  await produceMore()
  const second = await startIngest(variables, { INGEST_LINGER_MS: '100' })
  await second.ready()
  await produceMore()
  first.process.kill('SIGKILL')
  await first.ended
  await produceMore()
  await expectExact()
  expect(await second.stop()).toBe(0)
}, 120_000)

test('two processes that both believe they own all partitions write one chain', async () => {
  await produceMore()
  // Groups of their own: neither hears of the other, as a zombie does not hear that it was replaced.
  const rivals = await Promise.all(
    ['rival-1', 'rival-2'].map((INGEST_GROUP) =>
      startIngest(variables, { INGEST_GROUP, INGEST_LINGER_MS: '100' }),
    ),
  )
  for (let round = 0; round < 5; round++) await produceMore()
  await Promise.all(rivals.map((rival) => rival.ready()))
  await expectExact()
  expect(await Promise.all(rivals.map((rival) => rival.stop()))).toEqual([0, 0])
}, 120_000)

test('offsets that Kafka no longer holds are recorded as missing, and reading goes on after them', async () => {
  const before = await topicEnds(variables, 'sales-transactions')
  await produceMore()
  // As retention does when ingest was away for too long: the first ten of the new messages of a partition go.
  const after = await topicEnds(variables, 'sales-transactions')
  const [partition] = [...after].find(([number, high]) => high - before.get(number)! > 20n)!
  const end = before.get(partition)!
  const admin = kafkaOf(variables).admin()
  await admin.connect()
  // kafkajs deletes only in topics that this connection has asked about.
  await topicOffsets(admin, 'sales-transactions')
  await admin.deleteTopicRecords({
    topic: 'sales-transactions',
    partitions: [{ partition, offset: String(end + 10n) }],
  })
  await admin.disconnect()

  const ingest = await startIngest(variables, { INGEST_LINGER_MS: '100' })
  await ingest.ready()
  await untilLanded(variables, 'sales-transactions')
  const warehouse = warehouseOf(variables)
  const answer = await warehouse.query({
    query: `
      select partition, begin_offset, offsets_missing
      from lake_objects
      where topic = 'sales-transactions' and offsets_missing > 0`,
    format: 'JSONEachRow',
  })
  const gaps = await answer.json<{ partition: number; begin_offset: string; offsets_missing: string }>()
  await warehouse.close()
  expect((await ingest.metrics()).get('ingest_offsets_missing_total')).toBe(10)
  expect(gaps.map((gap) => [gap.partition, BigInt(gap.begin_offset), Number(gap.offsets_missing)])).toEqual([
    [partition, end, 10],
  ])
  // The chain itself has no gap: reading it would throw. What was landed now is what must stay.
  const { blocks, ...landed } = await lakeFigures(variables, 'sales-transactions')
  expected = landed
  expect(await ingest.stop()).toBe(0)
}, 90_000)

test('a topic that was deleted and created again: nothing is read until somebody says so, then both lives are there', async () => {
  const topic = 'sales-transactions'
  const first = await startIngest(variables, { INGEST_GROUP: 'epoch-first', INGEST_LINGER_MS: '100' })
  await produceMore()
  await untilLanded(variables, topic)
  await first.stop()
  const ends = await topicEnds(variables, topic)
  await recreateTopic(variables, topic)
  // Grown past the old one's end in some partitions, and not in others: offsets alone do not tell.
  const before = expected
  const { messages, expected: added } = dirtyBaskets(BASKETS, produced)
  produced += BASKETS
  const grown = [...ends.values()].reduce((most, end) => (end > most ? end : most))
  const filler = Array.from({ length: Number(grown) }, () => ({ key: 'T1', value: Buffer.from('broken') }))
  await produce(variables, [...messages, ...filler])
  expected = sum(before, added, { ...NOTHING, refused: { not_json: filler.length } })

  const refusing = await startIngest(variables, { INGEST_GROUP: 'epoch-refused' })
  expect(await refusing.ended).toBe(1)
  expect(refusing.output()).toContain('Topic sales-transactions was deleted and created again')
  expect(refusing.output()).toContain('INGEST_NEW_EPOCH=sales-transactions')
  expect((await lakeFigures(variables, topic)).refused).toEqual(before.refused)

  const allowed = await startIngest(variables, { INGEST_GROUP: 'epoch-told', INGEST_NEW_EPOCH: topic })
  await allowed.ready()
  await untilLanded(variables, topic, 60_000, 1)
  expect(await allowed.stop()).toBe(0)
  // Once told, it is known.
  const next = await startIngest(variables, { INGEST_GROUP: 'epoch-known', INGEST_LINGER_MS: '100' })
  await next.ready()
  await produceMore()
  await untilLanded(variables, topic, 60_000, 1)
  await expectSame()
  expect(await next.stop()).toBe(0)
}, 120_000)
