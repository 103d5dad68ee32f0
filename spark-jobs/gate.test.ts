/** The gate of Spark is held to that of services/ingest: the same rows, cell by cell, the same tally and clocks. */
import { BLOCK_COLUMNS } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askWarehouse, tableColumns } from '../test/ingest/parquet.ts'
import { startServer, type WarehouseProcess } from '../test/platform/clickhouse.ts'
import { expectAlike, python, WORDED } from '../test/spark/gates.ts'
import { blocksOf } from '../test/spark/messages.ts'

if (!python)
  console.warn(
    'SKIPPED: the gate in Python. Run `npm test`, or set SHELFCAST_TEST_SPARK to a Python with spark-jobs/requirements-test.txt.',
  )

describe.skipIf(!python)('thousands of messages', () => {
  let server: WarehouseProcess
  beforeAll(async () => {
    server = await startServer({ CLICKHOUSE_DATABASE: 'default' })
  }, 60_000)
  afterAll(() => server?.stop())

  test.each(EVENT_TOPICS)(
    'of %s are judged alike, and the warehouse loads the same',
    async (topic) => {
      const { outcomes, bodies } = await expectAlike(
        { topic, epoch: 2, partition: 5 },
        blocksOf(topic, 6_000, 11),
      )
      // A comparison that hardly ever meets an accepted row, or a reason, proves nothing.
      expect(outcomes.accepted).toBeGreaterThan(1_000)
      const most = { 'sales-transactions': 18, 'inventory-updates': 9, 'pos-events': 8 }[topic]
      expect(Object.keys(outcomes).length).toBe(most)

      for (const [table, blocks] of Object.entries(bodies)) {
        const columns = tableColumns(BLOCK_COLUMNS[topic])
        await askWarehouse(server, `create or replace table ${table} (${columns}) engine = Memory`)
        for (const block of blocks) await askWarehouse(server, `insert into ${table} format Parquet`, block)
      }
      const worded = [...WORDED].map((reason) => `'${reason}'`).join(', ')
      const rows = (table: string) =>
        `select * replace (if(reason in (${worded}), '', detail) as detail) from ${table}`
      const count = (query: string) => askWarehouse(server, `select count() from (${query}) format TSV`)
      expect(await count('select * from spark')).toBe(await count('select * from node'))
      expect(await count(`${rows('node')} except ${rows('spark')}`)).toBe('0\n')
      expect(await count(`${rows('spark')} except ${rows('node')}`)).toBe('0\n')
    },
    120_000,
  )
})
