/** Ranges of blocks into the warehouse: repeated, killed, raced for and emptied under, each row is there once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { blockName, type Chain } from '@shelfcast/contracts/lake'
import type { BlockFacts } from '@shelfcast/ingest/load/block-facts'
import { loadedEnd, plannedEnd, planRange, StaleRange } from '@shelfcast/ingest/load/chain-progress'
import { DERIVED_TABLES, emptyTables, finishEmptying } from '@shelfcast/ingest/load/emptying'
import { acceptedHashes } from '@shelfcast/ingest/load/message-positions'
import { loadRange, recordBlocks } from '@shelfcast/ingest/load/ranges'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { aggregateFaults, fingerprints } from '../stack/aggregates.ts'
import { lakeOf, warehouseOf } from '../stack/figures.ts'

// A basket of five lines each; every tenth has a line that was refused.
const MESSAGES = 1_000
const LINES = 5

const chain: Chain = { topic: 'sales-transactions', epoch: 1, partition: 4 }
let folder: string
let stack: Stack
let warehouse: Warehouse
let rival: Warehouse
const blocks: BlockFacts[] = []

// They load and empty the tables many times, beside other tests on two cores.
vi.setConfig({ testTimeout: 120_000 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-load-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['lake', 'warehouse'] })
  const lake = lakeOf(stack.environment)
  await lake.client.makeBucket(lake.bucket('raw'), 'us-east-1')
  warehouse = warehouseOf(stack.environment)
  rival = warehouseOf(stack.environment)
  for (let number = 0; number < 8; number++) blocks.push(await writeBlock(number * MESSAGES))
}, 120_000)

afterAll(async () => {
  await Promise.all([warehouse?.close(), rival?.close()])
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

beforeEach(() => emptyTables(warehouse))

/** The engine writes the block itself: a Parquet writer that is not ours. */
async function writeBlock(begin: number): Promise<BlockFacts> {
  const name = blockName(chain, BigInt(begin))
  const refused = 'intDiv(number, 5) % 10 = 0 and number % 5 = 2'
  await warehouse.command({
    query: `
      insert into function s3(lake, filename = {name:String}, format = 'Parquet')
      select
          'sales-transactions' as topic, toInt32(1) as epoch, toInt32(4) as partition,
          toInt64({begin:Int64} + intDiv(number, ${LINES})) as offset, toInt32(number % ${LINES} + 1) as line_no,
          now64(3, 'UTC') - toIntervalSecond(intDiv(number, 500)) as produced_at,
          if(${refused}, 'price_zero', null) as reason, if(${refused}, 'unit_price is 0', null) as detail,
          if(${refused}, '{}', null) as payload, toInt32(1) as line_count,
          if(line_no = 1, reinterpretAsInt64(cityHash64(offset)), null) as id_hash, toInt32(0) as lateness_s,
          if(offset % 100 = 7, concat('sales-transactions/4/', toString(offset % 3), '/1'), null) as replay_of,
          concat('B', toString(offset)) as basket_id, if(offset % 9 = 0, 'return', 'sale') as kind,
          concat('S', toString(offset % 3)) as store_id, toInt32(1) as till_id, 'C1' as cashier_id,
          null::Nullable(String) as customer_id, toDateTime64('2026-01-05 08:00:00', 3, 'UTC') + offset as event_time,
          toDate32('2026-01-05') as business_date, 'GBP' as currency, 'card' as payment,
          concat('P', toString((offset + line_no) % 50)) as sku, toInt32(1 + number % 3) as quantity,
          if(number % 4 = 0, 'g', 'each') as unit, toInt32(100) as unit_price, toInt64(100 + number % 7) as gross_amount,
          toInt64(0) as discount, gross_amount as net_amount, null::Nullable(String) as promotion_id,
          event_time as scanned_at
      from numbers(${MESSAGES * LINES})`,
    query_params: { name, begin },
  })
  const rowsRefused = MESSAGES / 10
  return {
    ...chain,
    name,
    begin: BigInt(begin),
    end: BigInt(begin + MESSAGES),
    messages: MESSAGES,
    rowsAccepted: MESSAGES * LINES - rowsRefused,
    rowsRefused,
    offsetsMissing: 0n,
    bytes: 1,
    producedMin: 1_767_600_000_000,
    producedMax: 1_767_600_001_000,
    topicId: 'first',
  }
}

async function load(client: Warehouse, range: readonly BlockFacts[]): Promise<void> {
  await loadRange(client, range)
  await recordBlocks(client, range)
}

/** Loads on to the end of the chain as a loader does, in ranges of `size` blocks unless another is planned. */
async function loadAll(client: Warehouse, size: number): Promise<void> {
  for (;;) {
    const begin = await loadedEnd(client, chain)
    const from = blocks.findIndex((block) => block.begin === begin)
    if (from === -1) return
    const planned = await plannedEnd(client, chain, begin)
    const to = blocks.findIndex((block) => block.end === planned)
    const range = blocks.slice(from, to === -1 ? from + size : to + 1)
    await load(client, range).catch((error) => {
      if (!(error instanceof StaleRange)) throw error
    })
  }
}

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
  expect(await count('select uniqExact(offset, line_no) as found from fact_sales')).toBe(rows)
  expect(await count('select count() as found from dead_letters')).toBe((blocks.length * MESSAGES) / 10)
  expect(await count('select count() as found from lake_objects')).toBe(blocks.length)
  // A line that was sent again belongs to a basket that was counted before.
  expect(await count('select sum(baskets) as found from baskets_pulse')).toBe(
    (blocks.length * MESSAGES * 99) / 100,
  )
}

test('in ranges of whatever size, the tables come out the same', async () => {
  const prints = new Set<string>()
  for (const size of [1, 3, 8]) {
    await emptyTables(warehouse)
    await loadAll(warehouse, size)
    await expectAll()
    prints.add(JSON.stringify(await tables()))
  }
  expect(prints.size).toBe(1)
})

test('a range that is loaded again, before its ledger rows and after them, changes nothing', async () => {
  const range = blocks.slice(0, 3)
  await loadRange(warehouse, range)
  await loadRange(rival, range)
  await load(warehouse, range)
  const once = await tables()
  await load(rival, range)
  expect(await tables()).toEqual(once)
  // Also when the tokens are forgotten, which they are after ten thousand loads: the ledger says that it is loaded.
  for (const table of ['fact_sales', 'dead_letters', 'lake_objects', 'load_plans'])
    await warehouse.command({
      query: `alter table ${table} modify setting non_replicated_deduplication_window = 0`,
    })
  try {
    await load(rival, range)
    expect(await tables()).toEqual(once)
  } finally {
    for (const table of ['fact_sales', 'dead_letters', 'lake_objects', 'load_plans'])
      await warehouse.command({
        query: `alter table ${table} modify setting non_replicated_deduplication_window = 10000`,
      })
  }
})

test('what is planned is what is loaded, whoever does it, and nothing is loaded out of its turn', async () => {
  const planned = { ...chain, begin: 0n, end: blocks[1]!.end }
  expect(await planRange(warehouse, planned)).toBe(planned.end)
  expect(await planRange(rival, { ...planned, end: blocks[4]!.end })).toBe(planned.end)
  await expect(load(rival, blocks.slice(0, 1))).rejects.toThrow(StaleRange)
  await expect(load(rival, blocks.slice(0, 5))).rejects.toThrow(StaleRange)
  await expect(load(rival, blocks.slice(2, 3))).rejects.toThrow(StaleRange)
  await expect(recordBlocks(rival, blocks.slice(2, 3))).rejects.toThrow(StaleRange)
  expect(await count('select count() as found from fact_sales')).toBe(0)
  await load(rival, blocks.slice(0, 2))
  await loadAll(rival, 4)
  await expectAll()
})

test('processes that load the same chain at once, each in ranges of its own, load it once', async () => {
  await Promise.all([
    loadAll(warehouse, 1),
    loadAll(rival, 2),
    loadAll(warehouse, 3),
    loadAll(rival, 8),
    loadAll(rival, 1),
  ])
  await expectAll()
}, 60_000)

test('a warehouse that is killed at any moment of a load has it once when it is loaded again', async () => {
  for (let round = 0; round < 6; round++) {
    const loading = loadAll(warehouse, 2).catch(() => undefined)
    await delay(round * 40)
    stack.part('warehouse').kill()
    await loading
    await stack.part('warehouse').ready(60_000)
  }
  await loadAll(warehouse, 2)
  await expectAll()
}, 120_000)

test('tables that are emptied under a load hold nothing of it, and are loaded again from the first block', async () => {
  await load(warehouse, blocks.slice(0, 2))
  await loadRange(warehouse, blocks.slice(2, 4))
  await emptyTables(rival)
  await expect(recordBlocks(warehouse, blocks.slice(2, 4))).rejects.toThrow(StaleRange)
  await expect(loadRange(warehouse, blocks.slice(2, 4))).rejects.toThrow(StaleRange)
  expect(await count('select count() as found from fact_sales')).toBe(0)
  await loadAll(warehouse, 4)
  await expectAll()
})

test('an emptying that was killed is waited for, then finished by the next that loads', async () => {
  await loadAll(warehouse, 8)
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
  await loadAll(warehouse, 8)
  await expectAll()
})

test('the memory of messages tells what was accepted before an offset, and says when it does not know', async () => {
  await load(warehouse, blocks.slice(0, 2))
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
  // History is not of the stream, and sales_added and tills_added pass on what they get.
  const loaded = targets.filter((name) => !['history_days', 'sales_added', 'tills_added'].includes(name))
  expect(DERIVED_TABLES).toEqual(expect.arrayContaining(loaded))
  expect(Object.keys(await fingerprints(warehouse))).toEqual(expect.arrayContaining(loaded))
})

test('an aggregate that differs from the facts is found', async () => {
  await load(warehouse, blocks.slice(0, 1))
  await warehouse.command({
    query: `
      insert into sales_hourly
      select * replace (toInt64(1) as lines) from sales_hourly limit 1`,
  })
  expect(await aggregateFaults(warehouse)).not.toEqual([])
})
