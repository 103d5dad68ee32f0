/** The live measures of sales on a real warehouse, each against a plain recomputation from the same rows. */

import { DERIVED_TABLES } from '@shelfcast/ingest/load/emptying'
import { ONE_PART } from '@shelfcast/ingest/load/rows'
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { migrate } from '@shelfcast/warehouse/migrate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../../platform/clickhouse.ts'
import { basket, type Incident, incident, LAST_HOUR, ordinaryTrade, type SaleRow, STORES } from './fixture.ts'
import {
  basketSize,
  basketSizeMedians,
  type HistoryDay,
  incidentRates,
  type Row,
  rateAnomalies,
  revenueCompared,
  velocity,
} from './recomputed.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let server: WarehouseProcess
let warehouse: Warehouse
const sales: SaleRow[] = []
const incidents: Incident[] = []
const log = createLog('test', 'error')
const address = () => ({ url: server.url, user: 'shelfcast', password: server.password })

beforeAll(async () => {
  server = await startServer()
  await migrate(address(), log)
  warehouse = createWarehouse({ ...address(), application: 'test' })
  await insert(
    'dim_store',
    STORES.map(({ tills: _, ...store }) => ({ ...store, source: 'test', updated_at: 1 })),
  )
  const trade = ordinaryTrade()
  await load(trade.sales.slice(0, 3_000), trade.incidents.slice(0, 50))
  await load(trade.sales.slice(3_000), trade.incidents.slice(50))
}, 90_000)

afterAll(async () => {
  await warehouse?.close()
  await server?.stop()
})

let loads = 0

async function insert(table: string, values: object[], token = `load/${++loads}`): Promise<void> {
  const clickhouse_settings = {
    ...ONE_PART,
    insert_deduplication_token: token,
    optimize_on_insert: 0 as const,
  }
  if (values.length > 0) await warehouse.insert({ table, values, format: 'JSONEachRow', clickhouse_settings })
}

/** @param token the same again is the same load again */
async function load(rows: SaleRow[], events: Incident[] = [], token?: string): Promise<void> {
  sales.push(...rows)
  incidents.push(...events)
  await insert('fact_sales', rows, token)
  await insert('fact_pos_events', events, token)
}

async function read(query: string): Promise<Row[]> {
  const clickhouse_settings = { output_format_json_quote_64bit_integers: 0 as const }
  return (await warehouse.query({ query, format: 'JSONEachRow', clickhouse_settings })).json()
}

/** Rows of a view and rows that were recomputed, in one order, with quotients to ten places. */
async function expectMeasure(query: string, recomputed: Row[]): Promise<void> {
  const plain = (rows: Row[]) =>
    rows
      .map((row) =>
        JSON.stringify(
          Object.keys(row)
            .sort()
            .map((name) => {
              const value = row[name]
              return [name, typeof value === 'number' ? Number(value.toPrecision(10)) + 0 : value]
            }),
        ),
      )
      .sort()
  const actual = plain(await read(query))
  const right = plain(recomputed)
  expect(actual.length, query).toBeGreaterThan(0)
  const [actualRows, rightRows] = [new Set(actual), new Set(right)]
  const differences = {
    surplus: actual.filter((row) => !rightRows.has(row)).slice(0, 3),
    missing: right.filter((row) => !actualRows.has(row)).slice(0, 3),
  }
  expect(differences, query).toEqual({ surplus: [], missing: [] })
  expect(actual.length, query).toBe(right.length)
}

async function expectAll(historyDays: HistoryDay[] = []): Promise<void> {
  await expectMeasure('select * from sales_velocity', velocity(sales, historyDays))
  await expectMeasure('select * from revenue_by_hour_compared', revenueCompared(sales))
  await expectMeasure('select * from rate_anomalies', rateAnomalies(sales))
  await expectMeasure('select * from basket_size', basketSize(sales))
  await expectMeasure('select * from basket_size_medians', basketSizeMedians(sales))
  await expectMeasure('select * from incident_rates', incidentRates(sales, incidents))
}

test('each measure is what the rows say', async () => {
  await expectAll()
  // and of one store, by a filter that is pushed down
  await expectMeasure(
    "select * from sales_velocity where store_id = 'NYC'",
    velocity(sales).filter(({ store_id }) => store_id === 'NYC'),
  )
}, 60_000)

test('the overviews are what the views said when they were made', async () => {
  const overviews = { revenue_overview: 'revenue_by_hour_compared', anomalies_overview: 'rate_anomalies' }
  for (const [overview, view] of Object.entries(overviews)) {
    for (const statement of ['system refresh view', 'system wait view'])
      await warehouse.command({ query: `${statement} ${overview}` })
    await expectMeasure(`select * from ${overview}`, await read(`select * from ${view}`))
  }
}, 60_000)

test('late baskets, returns, corrected lines and messages, and a load that is repeated move them rightly', async () => {
  const rows = [
    // late: weeks ago, and in the hour that has just ended
    ...basket(LAST_HOUR - 21 * DAY_MS + 1, { till_id: 2, lines: 3 }),
    ...basket(LAST_HOUR - HOUR_MS, { till_id: 3, lines: 2 }),
    ...basket(LAST_HOUR - 2 * DAY_MS, { kind: 'return', till_id: 2, lines: 2 }),
    // a message that was corrected and sent again is a basket; a line of one is not
    ...basket(LAST_HOUR - 3 * HOUR_MS, { replay_of: 'sales-transactions/0/7/0', lines: 2 }),
  ]
  const whole = basket(LAST_HOUR - 5 * HOUR_MS, { lines: 2 })
  const line = { ...basket(LAST_HOUR - 5 * HOUR_MS)[0]!, basket_id: whole[0]!.basket_id, line_no: 3 }
  rows.push(...whole, { ...line, replay_of: 'sales-transactions/0/9/3' })
  const events = [
    incident(LAST_HOUR - 27 * DAY_MS, { kind: 'refund', till_id: 4 }),
    incident(LAST_HOUR, { kind: 'price_override', till_id: 4, cashier_id: '' }),
  ]
  await load(rows, events, 'range 1')
  await insert('fact_sales', rows, 'range 1')
  await insert('fact_pos_events', events, 'range 1')
  await expectAll()
}, 60_000)

test('a till whose clock is ahead moves no measure; a second one that comes so far does', async () => {
  const asOf = () => read("select as_of from store_clock where store_id = 'LON'")
  const clock = await asOf()
  await load(basket(LAST_HOUR + 400 * DAY_MS, { till_id: 2 }))
  expect(await asOf()).toEqual(clock)
  await load(basket(LAST_HOUR + HOUR_MS, { till_id: 3 }))
  await expectAll()
  expect(await asOf()).not.toEqual(clock)
}, 60_000)

test("an hour with ten times a store's baskets is an anomaly", async () => {
  const anomalies = async () =>
    read(`
      select hour, baskets, baskets_z > 0 as is_high
      from rate_anomalies
      where store_id = 'NYC' and baskets_anomaly
      order by hour desc`)
  expect((await anomalies()).filter(({ is_high }) => is_high)).toEqual([])
  const busy = LAST_HOUR - 25 * HOUR_MS
  const crowd = Array.from({ length: 40 }, (_, number) =>
    basket(busy + number * 1_000, { till_id: 1 + (number % 3) }, STORES[1]),
  )
  await load(crowd.flat())
  expect(await anomalies()).toMatchObject([{ hour: '2026-04-11 14:00:00', is_high: 1 }])
}, 60_000)

test('an hour that the change of the clocks leaves out is no observation, and one that comes twice is two', async () => {
  const weeksOf = async (hour: string) => {
    const [row] = await read(
      `select weeks from revenue_by_hour_compared where store_id = 'LON' and hour = '${hour}'`,
    )
    return row?.weeks
  }
  // 01:30 to 01:59 were not there on Sunday, 29 March; 00:00 and 02:00 were
  await load(basket(Date.UTC(2026, 3, 11, 23), { till_id: 1 }))
  await load(basket(Date.UTC(2026, 3, 12, 0), { till_id: 1 }))
  await load(basket(Date.UTC(2026, 3, 12, 1), { till_id: 1 }))
  expect(await weeksOf('2026-04-11 23:00:00')).toBe(8)
  expect(await weeksOf('2026-04-12 00:00:00')).toBe(7)
  expect(await weeksOf('2026-04-12 01:00:00')).toBe(8)
  await expectAll()
}, 60_000)

test('days that a history tells come from it alone, as in sales_daily', async () => {
  const day = (back: number) => new Date(LAST_HOUR - back * DAY_MS).toISOString().slice(0, 10)
  const historyDays = [3, 9, 10, 27, 28, 29, 60, 120].flatMap((back) => [
    { store_id: 'LON', sku: 'SKU-1', unit: 'each', business_date: day(back), units: 40 + back },
    { store_id: 'LON', sku: 'OLD', unit: 'g', business_date: day(back), units: 1_000 },
  ])
  const rows = historyDays.map((row) => ({
    ...row,
    units: row.units + 2,
    returned: 2,
    revenue: 1,
    currency: 'GBP',
  }))
  await insert(
    'sales_history',
    rows.slice(0, 6).map((row) => ({ ...row, dataset: 'world/jumps' })),
  )
  await insert(
    'sales_history',
    rows.slice(6).map((row) => ({ ...row, dataset: 'world' })),
  )
  await insert(
    'sales_history',
    rows.map((row) => ({ ...row, units: 9_999, dataset: 'another world' })),
  )
  await insert('history_datasets', [{ dataset: 'world', source: 'test' }])
  await expectAll(historyDays)
  const days = `business_date >= '${day(28)}' and business_date < '${day(0)}'`
  const daily = (view: string) =>
    read(`select sku, unit, toInt64(${view}) as units from ${view === 'units_28' ? 'sales_velocity' : 'sales_daily'}
      where store_id = 'LON' ${view === 'units_28' ? 'and units_28 != 0' : `and ${days} group by sku, unit having units != 0`}
      order by sku, unit`)
  expect(await daily('units_28')).toEqual(await daily('sum(units - returned)'))
}, 60_000)

test('what is summed is emptied for a rebuild', () => {
  const summed = ['till_clock', 'store_hourly', 'till_daily', 'till_incidents']
  expect(DERIVED_TABLES).toEqual(expect.arrayContaining(summed))
})

test('stream lag is by the blocks of the last quarter of an hour', async () => {
  const block = (minute: number, messages: number, waited_s: number) => ({
    topic: 'sales-transactions',
    epoch: 0,
    partition: 1,
    begin_offset: minute * 100,
    end_offset: minute * 100 + 100,
    messages,
    rows_accepted: 4 * messages,
    rows_refused: messages,
    produced_min: `2026-04-12 12:${minute}:${60 - waited_s}.000`,
    produced_max: `2026-04-12 12:${minute}:59.500`,
    loaded_at: `2026-04-12 12:${minute + 1}:00.000`,
  })
  const old = { ...block(30, 100, 1), partition: 2 }
  await insert('lake_objects', [old, block(30, 500, 50), block(50, 98, 2), block(55, 2, 40)])
  expect(await read('select * from stream_lag order by partition')).toEqual([
    {
      topic: 'sales-transactions',
      epoch: 0,
      partition: 1,
      end_offset: 5_600,
      newest_produced_at: '2026-04-12 12:55:59.500',
      newest_loaded_at: '2026-04-12 12:56:00.000',
      rows_per_minute: 500 / 15,
      recent_blocks: 2,
      wait_p50_ms: 2_000,
      wait_p99_ms: 40_000,
    },
    {
      topic: 'sales-transactions',
      epoch: 0,
      partition: 2,
      end_offset: 3_100,
      newest_produced_at: '2026-04-12 12:30:59.500',
      newest_loaded_at: '2026-04-12 12:31:00.000',
      rows_per_minute: 0,
      recent_blocks: 0,
      wait_p50_ms: null,
      wait_p99_ms: null,
    },
  ])
}, 60_000)
