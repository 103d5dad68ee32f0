import { zstdDecompressSync } from 'node:zlib'
import { BLOCK_COLUMNS } from '@shelfcast/contracts/lake'
import { blockFacts, blockMetadata } from '@shelfcast/warehouse/block-facts'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { encodeBlock } from './block.ts'
import { refusedIn } from './dead-letter.ts'
import type { Judged } from './gate/gate.ts'

const judged: Judged[] = [
  {
    message: { offset: 41n, value: null, schema: undefined, producedAt: 1_767_607_200_123 },
    rows: [
      {
        ...{
          line_no: 1,
          line_count: 1,
          basket_id: 'B1',
          store_id: 'S1',
          sku: 'Käse',
          event_time: 1_767_607_200_456,
        },
        ...{
          business_date: 20_458,
          quantity: -3,
          unit_price: 2_147_483_647,
          net_amount: 9_007_199_254_740_991n,
        },
      },
      {
        ...{ line_no: 2, line_count: 1, reason: 'price_zero', detail: 'unit_price is 0' },
        payload: Buffer.from([0, 255, 34]),
      },
    ],
  },
]
const range = { topic: 'sales-transactions', partition: 3, begin: 40n, end: 42n, offsetsMissing: 1n } as const

async function readBack(body: Uint8Array): Promise<Record<string, unknown>[]> {
  const file = new Uint8Array(body).buffer
  return parquetReadObjects({
    file,
    utf8: false,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  })
}

test('a block reads back, by a reader that did not write it, cell by cell', async () => {
  const { body } = encodeBlock(range, judged)
  const rows = await readBack(body)
  expect(Object.keys(rows[0]!)).toEqual(BLOCK_COLUMNS['sales-transactions'].map((column) => column.name))
  expect(rows[0]).toMatchObject({
    ...{ topic: 'sales-transactions', partition: 3, offset: 41n, line_no: 1, reason: null, payload: null },
    ...{ produced_at: new Date(1_767_607_200_123), event_time: new Date(1_767_607_200_456) },
    ...{ business_date: new Date(20_458 * 86_400_000), sku: 'Käse', quantity: -3, unit_price: 2_147_483_647 },
    ...{ net_amount: 9_007_199_254_740_991n, customer_id: null },
  })
  expect(rows[1]).toMatchObject({ reason: 'price_zero', sku: null, quantity: null })
  expect(Buffer.from(rows[1]!.payload as Uint8Array)).toEqual(Buffer.from([0, 255, 34]))
})

test('a block tells its facts by its metadata', () => {
  const { body, ...facts } = encodeBlock(range, judged)
  expect(facts).toMatchObject({
    ...{
      name: 'sales-transactions/p=03/00000000000000000040.parquet',
      messages: 1,
      rowsAccepted: 1,
      rowsRefused: 1,
    },
  })
  const chain = { topic: 'sales-transactions', epoch: 0, partition: 3 } as const
  expect(blockFacts(chain, facts.name, body.byteLength, blockMetadata(facts))).toEqual(facts)
  expect(() => blockFacts(chain, facts.name, 1, {})).toThrow(/has no metadata "end-offset"/)
})

test('the refused rows of a block are found again with their bytes', () => {
  const { body } = encodeBlock(range, judged)
  expect(refusedIn(body)).toEqual([
    {
      ...{ partition: 3, offset: 41n, line: 2, reason: 'price_zero', detail: 'unit_price is 0' },
      payload: new Uint8Array([0, 255, 34]),
    },
  ])
})

test('a column with more rows than the first allocation keeps its nulls', async () => {
  const many: Judged[] = Array.from({ length: 5_000 }, (_, index) => ({
    message: { offset: BigInt(index), value: null, schema: undefined, producedAt: 1 },
    rows: [{ line_no: 1, line_count: 1, ...(index % 3 === 0 ? { sku: `A${index}`, quantity: index } : {}) }],
  }))
  const { body } = encodeBlock({ ...range, begin: 0n, end: 5_000n }, many)
  const rows = await readBack(body)
  expect(rows).toHaveLength(5_000)
  expect(rows.every((row, index) => row.sku === (index % 3 === 0 ? `A${index}` : null))).toBe(true)
})
