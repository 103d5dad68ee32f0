import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { block, deadLetter, sale } from '../../../test/api/fixture.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { createLoadedRows, type LoadedRows } from './loaded-rows.ts'

// Processes start here, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const TOPIC = 'sales-transactions'
const DAY_MS = 86_400_000

let warehouse: TestWarehouse
beforeAll(async () => {
  warehouse = await startWarehouse()
}, 90_000)
afterAll(() => warehouse?.stop())

const TABLES = ['fact_sales', 'dead_letters', 'lake_objects', 'rebuilds']
beforeEach(async () => {
  await warehouse.client.command({ query: 'alter table dead_letters remove ttl' }).catch(() => undefined)
  for (const table of TABLES) await warehouse.client.command({ query: `truncate table ${table}` })
  // Ten offsets of partition 0 in two blocks, and the dead letter that one of them holds.
  await load(0, 0, [0, 1, 2, 3], { letters: [4] })
  await load(0, 5, [5, 6, 7, 8, 9])
})

/** A block with a row an offset, in the tables and in the ledger. */
async function load(
  partition: number,
  begin: number,
  offsets: number[],
  { letters = [] as number[], epoch = 0, produced_at = Date.now() } = {},
) {
  const place = { partition, epoch, produced_at }
  await insert(
    warehouse.client,
    'fact_sales',
    offsets.map((offset) => sale({ ...place, offset })),
  )
  await insert(
    warehouse.client,
    'dead_letters',
    letters.map((offset) => deadLetter({ ...place, offset })),
  )
  await insert(warehouse.client, 'lake_objects', [
    block({
      key: `${epoch}/${partition}/${begin}`,
      partition,
      epoch,
      begin_offset: begin,
      end_offset: Math.max(begin, ...offsets, ...letters) + 1,
      rows_accepted: offsets.length,
      rows_refused: letters.length,
      produced_min: produced_at,
    }),
  ])
}

const ask = async (): Promise<LoadedRows> =>
  (await createLoadedRows(readerOf(warehouse.client))()).rows.get(TOPIC)!

test('rows of a load that the ledger does not name yet are neither counted nor too many', async () => {
  expect(await ask()).toEqual({ rows: 10, expired: 0, missing: 0 })
  await insert(warehouse.client, 'fact_sales', [
    sale({ offset: 10 }),
    // Of partitions of which no block is loaded yet, and of a topic's second life.
    sale({ partition: 4, offset: 0 }),
    sale({ partition: 9, offset: 0 }),
    sale({ epoch: 1, offset: 2 }),
  ])
  await insert(warehouse.client, 'dead_letters', [deadLetter({ offset: 11 })])
  expect(await ask()).toEqual({ rows: 10, expired: 0, missing: 0 })
})

test('blocks of a second life of the topic count beside those of the first', async () => {
  await insert(warehouse.client, 'fact_sales', [sale({ epoch: 1, offset: 2 })])
  await load(0, 0, [0, 1], { epoch: 1 })
  expect(await ask()).toEqual({ rows: 12, expired: 0, missing: 0 })
})

test('a row that is missing or too many is seen, also beside a load', async () => {
  await insert(warehouse.client, 'fact_sales', [
    sale({ offset: 10 }),
    sale({ offset: 3 }),
    sale({ offset: 3 }),
  ])
  expect((await ask()).missing).toBe(-2)
  await warehouse.client.command({ query: 'truncate table dead_letters' })
  expect((await ask()).missing).toBe(-1)
  await warehouse.client.command({ query: 'truncate table fact_sales' })
  expect(await ask()).toEqual({ rows: 0, expired: 0, missing: 10 })
})

test('while the tables are emptied nothing is said, and afterwards it is', async () => {
  const step = (number: number, name: string) =>
    insert(warehouse.client, 'rebuilds', [{ number, step: name, owner: 'test' }])
  await step(1, 'begun')
  await warehouse.client.command({ query: 'truncate table fact_sales' })
  expect((await ask()).missing).toBeNull()
  await step(1, 'emptied')
  expect((await ask()).missing).toBe(9)
  await step(2, 'filling')
  expect((await ask()).missing).toBeNull()
})

test('what a table has let go for its age is not missing, and what is younger is', async () => {
  await warehouse.client.command({
    query: 'alter table dead_letters modify ttl toDateTime(produced_at) + toIntervalDay(90)',
  })
  await load(1, 0, [0, 1], { letters: [2, 3], produced_at: Date.now() - 91 * DAY_MS })
  await load(1, 4, [4], { letters: [5] })
  // Merged or not, dead letters before the horizon are not asked for.
  expect(await ask()).toEqual({ rows: 14, expired: 2, missing: 0 })
  await warehouse.client.command({ query: 'optimize table dead_letters final' })
  expect(await ask()).toEqual({ rows: 14, expired: 2, missing: 0 })
  await warehouse.client.command({ query: 'truncate table dead_letters' })
  expect(await ask()).toEqual({ rows: 12, expired: 2, missing: 2 })
})

test('while loads come in without a pause nothing is ever missing or too many', async () => {
  let isOver = false
  const loading = (async () => {
    for (let offset = 10; !isOver; offset += 3)
      await load(0, offset, [offset, offset + 1], { letters: [offset + 2] })
  })()
  const answers: (number | null)[] = []
  let rows = 10
  try {
    while (answers.length < 5 || rows < 13) {
      const answer = await ask()
      answers.push(answer.missing)
      rows = answer.rows
    }
  } finally {
    isOver = true
    await loading
  }
  expect(answers.filter((missing) => missing !== 0 && missing !== null)).toEqual([])
  expect((await ask()).missing).toBe(0)
})
