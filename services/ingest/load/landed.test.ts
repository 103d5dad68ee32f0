import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { landedEnds, landedLines } from './landed.ts'

let server: TestWarehouse

const TOPIC = 'sales-transactions'
const block = (epoch: number, begin: number, end: number) => ({
  key: `e${epoch} ${begin}`,
  topic: TOPIC,
  epoch,
  partition: 3,
  begin_offset: begin,
  end_offset: end,
})
const sale = (epoch: number, offset: number, kind = 'sale') => ({
  topic: TOPIC,
  epoch,
  partition: 3,
  offset,
  kind,
})

beforeAll(async () => {
  server = await startWarehouse()
  // given a topic that was deleted and made anew: its offsets begin again
  await insert(server.client, 'lake_objects', [block(0, 0, 500), block(1, 0, 10), block(1, 10, 20)])
  await insert(server.client, 'fact_sales', [
    sale(0, 12),
    sale(1, 9),
    sale(1, 10),
    sale(1, 12),
    sale(1, 12, 'return'),
    sale(1, 19),
  ])
  await insert(server.client, 'dead_letters', [
    { topic: TOPIC, epoch: 1, partition: 3, offset: 13, reason: 'repeated', line_count: 4 },
    { topic: TOPIC, epoch: 1, partition: 3, offset: 15, reason: 'repeated', line_count: 1 },
    { topic: TOPIC, epoch: 1, partition: 4, offset: 13, reason: 'unknown_sku', line_count: 1 },
  ])
}, 60_000)
afterAll(() => server?.stop())

test('how far a topic is loaded is said of its newest life', async () => {
  expect(await landedEnds(readerOf(server.client))).toEqual({
    ends: [{ topic: TOPIC, partition: 3, end: 20 }],
  })
})

test('lines are counted of the messages that were asked for, and of no others', async () => {
  const ranges = [
    { begin: 10, end: 14 },
    { begin: 19, end: 20 },
  ]
  expect(await landedLines(readerOf(server.client), { partition: 3, ranges })).toEqual({
    accepted: 3,
    reversed: 1,
    refused: { repeated: 4 },
  })
})
