/** Rows end when their time is over, told by rows that are old already; the heavy test moves the clock. */
import { retentionOf } from '@shelfcast/contracts/retention'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../../test/platform/clickhouse.ts'
import { createWarehouse, type Warehouse } from './client.ts'
import { migrate } from './migrate.ts'
import { applyTableRetention, tableTtls, ttlOf } from './table-retention.ts'

const log = createLog('test', 'silent')
let server: WarehouseProcess
let warehouse: Warehouse

const apply = (environment: Record<string, string> = {}) =>
  applyTableRetention(warehouse, retentionOf(environment), log)
const run = (query: string) => warehouse.command({ query })

beforeAll(async () => {
  server = await startServer()
  const address = { url: server.url, user: 'shelfcast', password: server.password }
  await migrate(address, log)
  warehouse = createWarehouse({ ...address, application: 'test' })
}, 60_000)
beforeEach(async () => {
  for (const table of ['fact_sales', 'dead_letters', 'refused_totals', 'sales_pulse', 'sales_hourly'])
    await run(`truncate table ${table}`)
})
afterAll(async () => {
  await warehouse?.close()
  await server?.stop()
})

/** A row of each age; a merge is what ends rows. */
async function deadLetters(...days: number[]): Promise<void> {
  for (const age of days) {
    await run(`
      insert into dead_letters (topic, offset, produced_at, reason, line_count)
      select 'sales-transactions', ${age}, now64(3) - interval ${age} day, 'repeated', 1`)
  }
}

/** What is left in a table after its parts were merged. */
async function left(table: string, column: string): Promise<unknown[]> {
  await run(`optimize table ${table} final`)
  const answer = await warehouse.query({
    query: `select ${column} as value from ${table} order by value`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return (await answer.json<{ value: unknown }>()).map(({ value }) => value)
}

test('all retention of the warehouse is of the one file, a table that is not there is told of, and a second time changes nothing', async () => {
  await run('rename table fact_forecast to aside')
  const first = await apply()
  expect(first.missing).toEqual(['fact_forecast'])
  expect(first.updates).toContain('dead_letters')
  const { warehouse: rules, warehouse_others } = retentionOf({})
  for (const [table, ttl] of await tableTtls(warehouse))
    expect.soft(ttl, table).toBe(ttlOf(rules[table] ?? warehouse_others))
  expect(await apply()).toEqual({ updates: [], missing: ['fact_forecast'] })
  await run('rename table aside to fact_forecast')
  expect(await apply()).toEqual({ updates: ['fact_forecast'], missing: [] })
})

test('dead letters end after 90 days, and how many there were stays', async () => {
  await apply()
  await deadLetters(91, 89, 0)
  expect(await left('dead_letters', 'offset')).toEqual([0, 89])
  expect(await left('refused_totals', 'lines')).toEqual([3])
})

test('the pulse of the Live page ends after two days, sales by the hour do not', async () => {
  await apply()
  await run(`
    insert into sales_pulse (bucket, sku, lines)
    select now() - interval number day, toString(number), 1 from numbers(4)`)
  await run(`
    insert into sales_hourly (store_id, hour, lines)
    select 'S', now() - interval 2000 day, 1`)
  expect(await left('sales_pulse', 'sku')).toEqual(['0', '1'])
  expect(await left('sales_hourly', 'lines')).toEqual([1])
})

test('forecasts end after 90 days', async () => {
  await apply()
  await run(`
    insert into fact_forecast (sku, made_at)
    select toString(number), now() - interval number day from numbers(88, 5)`)
  expect(await left('fact_forecast', 'sku')).toEqual(['88', '89'])
  await run('truncate table fact_forecast')
})

test('a column that is not there is told with the file to correct', async () => {
  await run('rename table fact_forecast to aside')
  await run('create table fact_forecast (sku String) engine = MergeTree order by sku')
  await expect(apply()).rejects.toThrow(
    /retention of fact_forecast cannot be "toDateTime\(made_at\).*retention\.json/s,
  )
  await run('drop table fact_forecast')
  await run('rename table aside to fact_forecast')
})

test('facts are kept, may be bounded, and are kept again', async () => {
  await apply()
  const sale = (age: number) =>
    run(`insert into fact_sales (offset, produced_at) select ${age}, now64(3) - interval ${age} day`)
  await sale(40)
  await sale(4000)
  expect(await left('fact_sales', 'offset')).toEqual([40, 4000])
  const bounded = { RETENTION_FACTS_DAYS: '400' }
  expect((await apply(bounded)).updates).toEqual(['fact_sales', 'fact_inventory', 'fact_pos_events'])
  expect(await left('fact_sales', 'offset')).toEqual([40])
  expect((await apply()).updates).toEqual(['fact_sales', 'fact_inventory', 'fact_pos_events'])
  await sale(4000)
  expect(await left('fact_sales', 'offset')).toEqual([40, 4000])
})
