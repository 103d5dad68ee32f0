/** Reference data from the lake to the warehouse, with both of them played. */
import { REFERENCE_KINDS, type ReferenceKind, referenceName } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { expect, test } from 'vitest'
import { createReference } from './reference.ts'

const store = {
  store_id: 'S1',
  name: 'One',
  profile: 'campus',
  region: 'North',
  time_zone: 'Europe/Dublin',
  currency: 'EUR',
}
const product = {
  sku: 'P1',
  name: 'Tea',
  department: 'Drinks',
  category: 'Tea',
  brand: 'Own',
  unit: 'each',
  kind: 'merchandise',
}
const supplier = {
  supplier_id: 'leaf',
  name: 'Leaf',
  lead_time_days_mean: 2.5,
  lead_time_days_sd: 0.5,
  order_weekdays: [1, 4],
  minimum_order: 5_000,
  reliability: 0.97,
}

/** What the tables get when these rows are published. */
async function published(rows: Partial<Record<ReferenceKind, object[]>>) {
  const tables: Record<string, Record<string, unknown>[]> = {}
  const lake = {
    async *list() {
      for (const kind of REFERENCE_KINDS) yield { name: referenceName('test', kind), size: 1, etag: kind }
      yield { name: 'reference/test/notes.txt', size: 1, etag: 'notes' }
    },
    async read(_: string, name: string) {
      const kind = REFERENCE_KINDS.find((each) => name === referenceName('test', each))!
      return Buffer.from((rows[kind] ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''))
    },
  } as unknown as Lake
  const warehouse = {
    insert: async ({ table, values }: { table: string; values: Record<string, unknown>[] }) => {
      tables[table] = values
    },
  } as unknown as Warehouse
  const reference = createReference({ lake, warehouse, log: createLog('test', 'silent') })
  await reference.refresh()
  await reference.publish()
  return { tables, reference }
}

test('rows without planning attributes are as good as before', async () => {
  const { tables, reference } = await published({ stores: [store], products: [product] })
  expect(tables.dim_store).toMatchObject([{ ...store, source: 'test' }])
  expect(tables.dim_product).toMatchObject([product])
  expect(tables.dim_supplier).toBeUndefined()
  expect(reference.store('S1')).toEqual({ timeZone: 'Europe/Dublin', currency: 'EUR' })
  expect(reference.product('P1')).toEqual({ kind: 'merchandise', unit: 'each' })
})

test('planning attributes and suppliers reach their tables', async () => {
  const planned = {
    ...product,
    cost: 120,
    price: 199,
    shelf_life_days: 300,
    pack_multiple: 12,
    supplier_id: 'leaf',
  }
  const located = { ...store, country: 'IE', latitude: 53.3, longitude: -6.3, opens_at: 6, closes_at: 24 }
  const { tables } = await published({ stores: [located], products: [planned], suppliers: [supplier] })
  expect(tables.dim_store).toMatchObject([located])
  expect(tables.dim_product).toMatchObject([planned])
  expect(tables.dim_supplier).toMatchObject([{ ...supplier, source: 'test' }])
})

test('a row that is wrong is skipped, and those around it are taken', async () => {
  const { tables } = await published({
    products: [
      { ...product, cost: -1 },
      { ...product, sku: 'P2' },
    ],
    suppliers: [{ ...supplier, order_weekdays: [0] }, supplier],
  })
  expect(tables.dim_product).toMatchObject([{ sku: 'P2' }])
  expect(tables.dim_supplier).toMatchObject([supplier])
})
