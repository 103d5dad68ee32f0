/**
 * Rows end when their time is over, told by a clock that is moved. libfaketime makes every one of the engine's sixty threads
 * wait for one lock when it asks for the time: on a busy machine its start takes 20 s.
 */
import { existsSync } from 'node:fs'
import { retentionOf } from '@shelfcast/contracts/retention'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../../test/platform/clickhouse.ts'
import { createWarehouse, type Warehouse } from './client.ts'
import { migrate } from './migrate.ts'
import { applyTableRetention } from './table-retention.ts'

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
  .map((folder) => `${folder}/faketime/libfaketime.so.1`)
  .find(existsSync)
if (!FAKETIME)
  console.warn(
    'SKIPPED: libfaketime is not there; apt-get install faketime to move the clock of the warehouse.',
  )

const log = createLog('test', 'silent')
/** Variables of the server's process, from its next start on. */
const clock: Record<string, string> = {}
let server: WarehouseProcess
let warehouse: Warehouse

beforeAll(async () => {
  server = await startServer(clock)
  const address = { url: server.url, user: 'shelfcast', password: server.password }
  await migrate(address, log)
  warehouse = createWarehouse({ ...address, application: 'test' })
  await applyTableRetention(warehouse, retentionOf({}), log)
}, 60_000)
afterAll(async () => {
  await warehouse?.close()
  await server?.stop()
})

async function left(table: string, column: string): Promise<unknown[]> {
  await warehouse.command({ query: `optimize table ${table} final` })
  const answer = await warehouse.query({
    query: `select ${column} as value from ${table} order by value`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return (await answer.json<{ value: unknown }>()).map(({ value }) => value)
}

test.skipIf(!FAKETIME)(
  '91 days later, by the clock of the warehouse, dead letters and pulse are gone, totals are not',
  async () => {
    await warehouse.command({
      query: `
        insert into dead_letters (topic, offset, produced_at, reason, line_count)
        select 'sales-transactions', number, now64(3) + interval number day, 'repeated', 1 from numbers(6)`,
    })
    await warehouse.command({
      query:
        "insert into sales_pulse (bucket, sku, lines) values (now(), 'today', 1), (now() + interval 90 day, 'then', 1)",
    })
    expect(await left('dead_letters', 'offset')).toEqual([0, 1, 2, 3, 4, 5])
    await server.kill()
    Object.assign(clock, { LD_PRELOAD: FAKETIME, FAKETIME: '+91d', FAKETIME_DONT_FAKE_MONOTONIC: '1' })
    await server.start()
    // Of today they are 91 days old, of tomorrow 90.
    expect(await left('dead_letters', 'offset')).toEqual([2, 3, 4, 5])
    expect(await left('sales_pulse', 'sku')).toEqual(['then'])
    expect(await left('refused_totals', 'lines')).toEqual([6])
  },
)
