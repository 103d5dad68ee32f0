/** Loads of blocks into the warehouse: repeated, killed, raced for and emptied under, each row is there once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chainPrefix } from '@shelfcast/contracts/lake'
import { type BlockFacts, blockMetadata } from '@shelfcast/ingest/load/block-facts'
import { DERIVED_TABLES, emptyTables, finishEmptying } from '@shelfcast/ingest/load/emptying'
import { Loader } from '@shelfcast/ingest/load/loader'
import { createLoadingTurns } from '@shelfcast/ingest/load/loading-turns'
import { type Load, loadedEnd, StaleLoad } from '@shelfcast/ingest/load/log'
import { acceptedHashes } from '@shelfcast/ingest/load/message-positions'
import { loadRows, rangesOf, recordLoad } from '@shelfcast/ingest/load/rows'
import { createMetrics } from '@shelfcast/ingest/metrics'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { readSchema } from '@shelfcast/warehouse/schema'
import type { Producer } from 'kafkajs'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { aggregateFaults, fingerprints } from '../stack/aggregates.ts'
import { lakeOf, until, warehouseOf } from '../stack/figures.ts'
import { CHAINS, chain, MESSAGES, neighbour, processOn as openProcess, writeBlock } from './loads.ts'

let folder: string
let stack: Stack
let warehouse: Warehouse
let rival: Warehouse
const blocks: BlockFacts[] = []
const processOn = (client: Warehouse) => openProcess(client, blocks)

// They load and empty the tables many times, beside other tests on two cores.
vi.setConfig({ testTimeout: 120_000 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-load-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['lake', 'warehouse'] })
  const lake = lakeOf(stack.environment)
  await lake.client.makeBucket(lake.bucket('raw'), 'us-east-1')
  warehouse = warehouseOf(stack.environment)
  rival = warehouseOf(stack.environment)
  for (const part of CHAINS)
    for (let number = 0; number < 4; number++)
      blocks.push(await writeBlock(warehouse, part, number * MESSAGES))
}, 120_000)

afterAll(async () => {
  await Promise.all([warehouse?.close(), rival?.close()])
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

beforeEach(() => emptyTables(warehouse))

async function tables(): Promise<Record<string, string>> {
  expect(await aggregateFaults(warehouse)).toEqual([])
  return fingerprints(warehouse)
}

async function count(query: string): Promise<number> {
  const answer = await warehouse.query({ query, format: 'JSONEachRow' })
  const [row] = await answer.json<{ found: string }>()
  return Number(row!.found)
}

async function expectAll(): Promise<void> {
  await tables()
  const rows = blocks.reduce((sum, { rowsAccepted }) => sum + rowsAccepted, 0)
  expect(await count('select count() as found from fact_sales')).toBe(rows)
  expect(await count('select uniqExact(partition, offset, line_no) as found from fact_sales')).toBe(rows)
  expect(await count('select count() as found from dead_letters')).toBe((blocks.length * MESSAGES) / 10)
  expect(await count('select count() as found from lake_objects')).toBe(blocks.length)
  // One after another: no two have the same place in the log.
  expect(
    await count('select uniqExact(number) = count() and max(number) = count() as found from loads'),
  ).toBe(1)
  // A line that was sent again belongs to a basket that was counted before.
  expect(await count('select sum(baskets) as found from baskets_pulse')).toBe(
    (blocks.length * MESSAGES * 99) / 100,
  )
}

test('in loads of whatever size, the tables come out the same', async () => {
  const prints = new Set<string>()
  for (const size of [1, 4]) {
    await emptyTables(warehouse)
    await processOn(warehouse).loadAll(size)
    await expectAll()
    prints.add(JSON.stringify(await tables()))
  }
  expect(prints.size).toBe(1)
})

test('a load that is repeated, before its ledger rows and after them, changes nothing', async () => {
  const first = processOn(warehouse)
  await first.look()
  const range = [...blocks.slice(0, 2), ...blocks.slice(4, 5)]
  const load = await first.log.plan(rangesOf(range))
  await loadRows(warehouse, load, range)
  await loadRows(rival, load, range)
  await loadRows(warehouse, load, range)
  await recordLoad(warehouse, load, range)
  const once = await tables()
  await loadRows(rival, load, range)
  await recordLoad(rival, load, range)
  expect(await tables()).toEqual(once)
  // Also when the tokens are forgotten, which they are after ten thousand loads: the ledger says that it is loaded.
  for (const table of ['fact_sales', 'dead_letters', 'lake_objects', 'loads'])
    await warehouse.command({
      query: `alter table ${table} modify setting non_replicated_deduplication_window = 0`,
    })
  try {
    await loadRows(rival, load, range)
    await recordLoad(rival, load, range)
    expect(await tables()).toEqual(once)
  } finally {
    for (const table of ['fact_sales', 'dead_letters', 'lake_objects', 'loads'])
      await warehouse.command({
        query: `alter table ${table} modify setting non_replicated_deduplication_window = 10000`,
      })
  }
})

test('what is planned is what is loaded, and who has not seen all that is planned loads nothing', async () => {
  const first = processOn(warehouse)
  const second = processOn(rival)
  await Promise.all([first.look(), second.look()])
  const range = [...blocks.slice(0, 2), ...blocks.slice(4, 6)]
  const planned = await first.log.plan(rangesOf(range))
  // Another chain, and the same: it does not know what is planned.
  await expect(second.load(blocks.slice(4, 5))).rejects.toThrow(StaleLoad)
  await expect(second.load(blocks.slice(0, 4))).rejects.toThrow(StaleLoad)
  expect(await count('select count() as found from fact_sales')).toBe(0)
  expect(await count('select count() as found from loads')).toBe(1)
  const { unfinished, ends } = await second.log.look([neighbour])
  expect(unfinished).toEqual([planned])
  expect(ends.size).toBe(0)
  // The one that was replaced goes on as the other does: the same load, once.
  await Promise.all([second.look(), loadRows(warehouse, planned, range)])
  await recordLoad(warehouse, planned, range)
  expect(await loadedEnd(warehouse, chain)).toBe(blocks[1]!.end)
  await second.loadAll(4)
  await expectAll()
  // One that has slept meanwhile.
  await expect(first.load(blocks.slice(2, 4))).rejects.toThrow(StaleLoad)
  await expectAll()
})

test('a load has the blocks that it was planned of, one chain after another without a gap', async () => {
  const { log } = processOn(warehouse)
  await log.look(CHAINS)
  expect(() => rangesOf([blocks[0]!, blocks[2]!])).toThrow(/does not follow on offset 1000/)
  const load = await log.plan(rangesOf(blocks.slice(0, 2)))
  await expect(loadRows(warehouse, load, blocks.slice(0, 1))).rejects.toThrow(/and its blocks are/)
  await expect(recordLoad(warehouse, load, blocks.slice(0, 3))).rejects.toThrow(/and its blocks are/)
})

test('two loads of different chains are under way at once, and what follows on one waits for nothing else', async () => {
  const { log, look, loadAll } = processOn(warehouse)
  await look()
  const ranges = [blocks.slice(0, 3), blocks.slice(4, 6)]
  const [first, second] = await Promise.all(ranges.map((range) => log.plan(rangesOf(range))))
  await loadRows(warehouse, second!, ranges[1]!)
  await recordLoad(warehouse, second!, ranges[1]!)
  await loadRows(warehouse, first!, ranges[0]!)
  await recordLoad(warehouse, first!, ranges[0]!)
  await loadAll(4)
  await expectAll()
})

test('a chain that one load has under way is left alone by a load beside it', async () => {
  const plain = lakeOf(stack.environment)
  const loads = () => count('select count() as found from loads')
  const lake: Lake = {
    ...plain,
    // The first chain is listed until a load beside it is planned.
    async *list(zone, prefix, after) {
      if (prefix === chainPrefix(chain)) await until(async () => (await loads()) > 0, 'a load')
      yield* plain.list(zone, prefix, after)
    },
    // The engine that wrote them gives objects none.
    metadata: async (_, name) => blockMetadata(blocks.find((block) => block.name === name)!),
  }
  const loader = new Loader({
    lake,
    warehouse,
    producer: { send: async () => [] } as unknown as Producer,
    metrics: createMetrics(new Registry()),
    log: createLog('test', 'error'),
    loading: createLoadingTurns(2),
    gatherMs: 5,
    commit: async () => undefined,
    onStep: () => undefined,
    onFault: (error) => expect.fail(String(error)),
  })
  const openings = CHAINS.map((part) =>
    loader.open({ chain: part, writer: 'other', onLoaded: () => undefined }),
  )
  // The ledger has less than they were told, so they are to be listed.
  for (const opening of openings) opening.start(1n, [])
  await until(async () => {
    // Whatever comes may begin a second load.
    for (const opening of openings) opening.expect()
    await Promise.race([Promise.all(openings.map((opening) => opening.drain())), delay(20)])
    return (await loadedEnd(warehouse, neighbour)) === blocks[7]!.end
  }, 'the second chain')
  await Promise.all(openings.map((opening) => opening.drain()))
  loader.stop()
  await expectAll()
})

test('processes that load different chains at once do not hold each other up', async () => {
  const shares = CHAINS.map((part) => ({
    ...processOn(part === chain ? warehouse : rival),
    share: blocks.filter(({ partition }) => partition === part.partition),
    part,
  }))
  for (const { log, part } of shares) await log.look([part])
  const [first, second] = shares
  await first!.load(first!.share.slice(0, 1))
  // It learns that it is not alone.
  await expect(second!.load(second!.share.slice(0, 1))).rejects.toThrow(StaleLoad)
  await second!.log.look([neighbour])
  await second!.load(second!.share.slice(0, 1))
  await expect(first!.load(first!.share.slice(1, 2))).rejects.toThrow(StaleLoad)
  await first!.log.look([chain])
  for (const at of [1, 2, 3]) for (const { load, share } of shares) await load(share.slice(at, at + 1))
  await expectAll()
  // What another loads of its chain, it hears of before it plans.
  await emptyTables(warehouse)
  for (const { log, part } of shares) await log.look([part])
  await first!.load(first!.share.slice(0, 1))
  const taker = processOn(rival)
  await taker.look()
  await taker.load(first!.share.slice(1, 2))
  await expect(first!.load(first!.share.slice(1, 2))).rejects.toThrow(/of another process has chains/)
})

test('processes that load the same chains at once, each in loads of its own, load them once', async () => {
  await Promise.all([
    processOn(warehouse).loadAll(1),
    processOn(rival).loadAll(2),
    processOn(warehouse).loadAll(3),
    processOn(rival).loadAll(4),
    processOn(rival).loadAll(1),
  ])
  await expectAll()
})

test('a warehouse that is killed at any moment of a load has it once when it is loaded again', async () => {
  for (let round = 0; round < 6; round++) {
    const loading = processOn(warehouse)
      .loadAll(1)
      .catch(() => undefined)
    await delay(round * 40)
    stack.part('warehouse').kill()
    await loading
    await stack.part('warehouse').ready(60_000)
  }
  await processOn(warehouse).loadAll(1)
  await expectAll()
}, 120_000)

test('tables that are emptied under a load hold nothing of it, and are loaded again from the first block', async () => {
  const { look, load, log, loadAll } = processOn(warehouse)
  await look()
  await load(blocks.slice(0, 1))
  const range = blocks.slice(1, 3)
  const planned = await log.plan(rangesOf(range))
  await loadRows(warehouse, planned, range)
  await emptyTables(rival)
  await expect(recordLoad(warehouse, planned, range)).rejects.toThrow(StaleLoad)
  await loadRows(warehouse, planned, range)
  await expect(load(blocks.slice(3, 4))).rejects.toThrow(StaleLoad)
  expect(await count('select count() as found from fact_sales')).toBe(0)
  expect(await count('select count() as found from loads')).toBe(0)
  await loadAll(4)
  await expectAll()
})

test('who knew the log while it was empty plans nothing in the one that is empty again', async () => {
  const { log } = processOn(warehouse)
  await log.look(CHAINS)
  await emptyTables(rival)
  await log.plan(rangesOf(blocks.slice(0, 1)))
  expect(await count('select count() as found from loads')).toBe(0)
})

test('an emptying that was killed is waited for, then finished by the next that loads', async () => {
  await processOn(warehouse).loadAll(4)
  const begin = (at: string) =>
    warehouse.command({
      query: `insert into rebuilds (number, step, owner, at) select max(number) + 1, 'begun', 'gone', ${at} from rebuilds`,
    })
  await begin('now64(3)')
  await warehouse.command({ query: 'truncate table fact_sales' })
  await expect(loadedEnd(warehouse, chain)).rejects.toThrow(/is being emptied for a rebuild/)
  await begin('now64(3) - interval 2 minute')
  await finishEmptying(warehouse)
  expect(await loadedEnd(warehouse, chain)).toBe(0n)
  await processOn(warehouse).loadAll(4)
  await expectAll()
})

test('what was planned and begun before loads had one log is finished once', async () => {
  const [oldTable, ...steps] = readSchema().migrations.find(
    ({ name }) => name === '0001_loads.sql',
  )!.statements
  await warehouse.command({ query: oldTable! })
  await warehouse.command({
    query: `insert into load_plans (topic, epoch, partition, begin_offset, end_offset)
      values ('sales-transactions', 1, 4, 0, 2000), ('sales-transactions', 1, 5, 0, 1000)`,
  })
  const range = blocks.slice(0, 2)
  const begun: Load = { number: 1, token: 'e=1/p=04/0-2000', ranges: rangesOf(range) }
  // As the release before did it: the token alone, and no condition that this log could meet.
  await warehouse.command({
    query: `insert into loads (number, token, ranges) values (1, 'e=1/p=04/0-2000', [])`,
  })
  await loadRows(warehouse, begun, range)
  expect(await count('select count() as found from fact_sales')).toBeGreaterThan(0)
  await warehouse.command({ query: 'truncate table loads' })
  for (const query of steps) await warehouse.command({ query })
  await processOn(warehouse).loadAll(2)
  await expectAll()
})

test('the memory of messages tells what was accepted before an offset, and says when it does not know', async () => {
  const { look, load } = processOn(warehouse)
  await look()
  await load(blocks.slice(0, 2))
  const hashes = await warehouse.query({
    query:
      'select bitAnd(h, 0xffffffff) as low, bitShiftRight(h, 32) as high from (select arrayJoin([cityHash64(toInt64(7)), cityHash64(toInt64(1500)), cityHash64(toInt64(99999))]) as h)',
    format: 'JSONEachRow',
  })
  const [seven, later, never] = (await hashes.json<{ low: string; high: string }>()).map(({ low, high }) => ({
    low: Number(low),
    high: Number(high),
  }))
  const candidates = [seven!, later!, never!]
  expect(await acceptedHashes(warehouse, chain, candidates, 2_000n)).toEqual([seven, later])
  expect(await acceptedHashes(warehouse, chain, candidates, 1_000n)).toEqual([seven])
  expect(await acceptedHashes(warehouse, { ...chain, epoch: 0 }, candidates, 0n)).toEqual([])
  await expect(acceptedHashes(warehouse, chain, candidates, 2_001n)).rejects.toThrow(/up to offset 2000/)
})

test('every table that a view fills is emptied for a rebuild, and held against the facts', async () => {
  const answer = await warehouse.query({
    query: `
      select distinct extract(create_table_query, ' TO \\\\S+\\\\.(\\\\w+)') as target
      from system.tables
      where database = currentDatabase()
          and engine = 'MaterializedView'
          -- Those are made of other tables, and made anew by themselves.
          and create_table_query not like '% REFRESH %'`,
    format: 'JSONEachRow',
  })
  const targets = (await answer.json<{ target: string }>()).map(({ target }) => target)
  expect(targets).toContain('sales_hourly')
  // History and daily series are not of the stream, and sales_added and tills_added pass on what they get.
  const others = ['history_days', 'series_spans', 'sales_added', 'tills_added']
  const loaded = targets.filter((name) => !others.includes(name))
  expect(DERIVED_TABLES).toEqual(expect.arrayContaining(loaded))
  expect(Object.keys(await fingerprints(warehouse))).toEqual(expect.arrayContaining(loaded))
})

test('an aggregate that differs from the facts is found', async () => {
  await processOn(warehouse).loadAll(1)
  await warehouse.command({
    query: `
      insert into sales_hourly
      select * replace (toInt64(1) as lines) from sales_hourly limit 1`,
  })
  expect(await aggregateFaults(warehouse)).not.toEqual([])
})
