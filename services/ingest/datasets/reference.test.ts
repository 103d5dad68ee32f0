/** What the gate knows, from snapshots of a lake in memory. */
import { type RowDataset, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { expect, test } from 'vitest'
import { product, store } from '../../../test/ingest/datasets.ts'
import { createReference } from './reference.ts'

function lakeWith(objects: Map<string, Buffer>): Lake {
  const lake = {
    async *list(_: string, prefix: string) {
      for (const [name, body] of objects)
        if (name.startsWith(prefix)) yield { name, size: body.length, etag: body.toString('base64') }
    },
    read: async (_: string, name: string) => objects.get(name),
  }
  return lake as unknown as Lake
}
const ndjson = (...rows: object[]) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))

async function referenceOf(rows: readonly [RowDataset, Buffer][]) {
  const objects = new Map(rows.map(([dataset, body]) => [snapshotName(dataset, 'test'), body]))
  const reference = createReference({ lake: lakeWith(objects), log: createLog('test', 'silent') })
  await reference.refresh()
  return { reference, objects }
}

test('stores and products are known by what a sale is judged by', async () => {
  const { reference } = await referenceOf([
    [STORES, ndjson(store())],
    [PRODUCTS, ndjson(product(), product({ sku: 'P2', price: 199 }))],
  ])
  expect(reference.store('S1')).toEqual({ timeZone: 'Europe/Dublin', currency: 'EUR' })
  expect(reference.product('P1')).toEqual({ kind: 'merchandise', unit: 'each' })
  expect(reference.product('P2')).toEqual({ kind: 'merchandise', unit: 'each', price: 199 })
})

test('rows that are wrong are not known, and those around them are', async () => {
  const { reference } = await referenceOf([
    [STORES, ndjson(store({ time_zone: 'Nowhere/At_All' }), store({ store_id: 'S2' }))],
    [
      PRODUCTS,
      Buffer.concat([
        ndjson(product({ cost: -1 })),
        Buffer.from('{"sku":\n\n'),
        ndjson(product({ sku: 'P2' })),
      ]),
    ],
  ])
  expect([reference.store('S1'), reference.product('P1')]).toEqual([undefined, undefined])
  expect(reference.store('S2')).toBeDefined()
  expect(reference.product('P2')).toBeDefined()
})

test('a snapshot that is replaced is read again, and what it no longer names stays known', async () => {
  const { reference, objects } = await referenceOf([[STORES, ndjson(store())]])
  objects.set(snapshotName(STORES, 'test'), ndjson(store({ store_id: 'S2', currency: 'GBP' })))
  await reference.refresh()
  expect(reference.store('S1')).toBeDefined()
  expect(reference.store('S2')).toMatchObject({ currency: 'GBP' })
})

test('objects that lie beside the snapshots are passed over', async () => {
  const { reference, objects } = await referenceOf([])
  for (const name of ['../stores/x', 'x/notes.ndjson', 'x/y/snapshot.ndjson', '..%2f/snapshot.ndjson'])
    objects.set(`datasets/stores/${name}`, ndjson(store()))
  await reference.refresh()
  expect(reference.store('S1')).toBeUndefined()
})
