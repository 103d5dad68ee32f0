/** Datasets of a real object store that are not as agreed: told with their reason, and in nobody's way. */
import { HISTORY_COLUMNS } from '@shelfcast/contracts/datasets/history-tables'
import { seriesFolder, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { PURCHASE_ORDERS } from '@shelfcast/contracts/datasets/purchase-orders'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import { WEATHER_ANSWERS } from '@shelfcast/contracts/datasets/weather-answers'
import { BLOCK_ROWS_LIMIT } from '@shelfcast/ingest/load/rows'
import { expect, test } from 'vitest'
import { datasetsOf, orderLine, product, store } from '../ingest/datasets.ts'
import {
  ask,
  count,
  jump,
  lake,
  ledger,
  load,
  ndjson,
  put,
  refusals,
  sales,
  useDatasetLake,
  warehouse,
} from './dataset-lake.ts'

useDatasetLake()

test('a file of more rows than one may have is refused', async () => {
  const rows = BLOCK_ROWS_LIMIT + 1
  await put(jump('large'), sales({ business_date: new Int32Array(rows).fill(20_000) }, undefined, rows))
  await load()
  expect(await ledger()).toEqual([
    expect.objectContaining({ rows: 0, reason: 'it has more than the 1000000 rows of one object' }),
  ])
})

test('rows that are not as agreed stand with their reason, and those around them are loaded', async () => {
  const long = { ...product({ sku: 'P9' }), name: 'x'.repeat(10 * 1024 * 1024) }
  await put(
    snapshotName(PRODUCTS, 'twin'),
    Buffer.concat([
      Buffer.from(
        ndjson(
          product(),
          product({ sku: 'P2', cost: -1 }),
          product({ sku: '../P3' }),
          product({ sku: 'P4', name: 'a\u0000b' }),
        ),
      ),
      Buffer.from(ndjson(product({ sku: 'P5', price: 3_000_000_000 }), product({ sku: 'P6', price: '12' }))),
      Buffer.from(ndjson(long)),
      Buffer.from('{"sku":"P7"\n[]\nnull\n\n"P8"\n{"__proto__":1}\n'),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from(`${JSON.stringify(product({ sku: 'P10', name: 'NAME' })).replace('NAME', '\\ud800')}\n`),
      Buffer.from(ndjson(product({ sku: 'P11', name: 'Ünïcode 🍵' }))),
    ]),
  )
  await put(
    `${seriesFolder(PURCHASE_ORDERS.kind, 'twin', 'run')}a.ndjson`,
    ndjson(
      orderLine({ expected_on: '2026-02-30' }),
      orderLine({ ordered_at: '0001-01-01T10:00:00.000Z' }),
      orderLine(),
    ),
  )
  await load()
  expect(await ask('select sku from dim_product order by sku')).toEqual([{ sku: 'P1' }, { sku: 'P11' }])
  expect(await count('fact_purchase_orders')).toBe(1)
  expect(await ledger()).toMatchObject([
    { kind: 'products', rows: 2, rows_refused: 13, reason: '' },
    { kind: 'purchase-orders', rows: 1, rows_refused: 2 },
  ])
  const rows = await refusals()
  expect(rows.filter(({ name }) => name === snapshotName(PRODUCTS, 'twin')).map(({ line }) => line)).toEqual([
    2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15,
  ])
  expect(rows.find(({ line }) => line === 7)!.reason).toMatch(/the line has 10\d+ bytes/)
  expect(rows.at(-2)!.reason).toBe(
    'expected_on has the day 2026-02-30, which is none of the years 1990 to 2099',
  )
})

test('a damaged object does not stop others, and is told once', async () => {
  await put(jump('jump-1'), 'PAR1 this is no Parquet PAR1')
  const whole = sales()
  await put(jump('jump-2'), whole.subarray(0, whole.length - 20))
  const torn = Buffer.from(whole)
  torn.fill(0xff, 20, 60)
  await put(jump('jump-3'), torn)
  await put(jump('jump-4'), sales())
  await put(jump('jump-5'), '')
  await put(snapshotName(STORES, 'twin'), ndjson(store()))
  const datasets = datasetsOf({ lake, warehouse })
  for (let look = 0; look < 20; look++) await datasets.refresh().catch(() => undefined)
  expect(await count('dim_store')).toBe(1)
  expect(await count('sales_history')).toBeGreaterThanOrEqual(2)
  const rows = await ledger()
  expect(rows).toHaveLength(6)
  expect(
    rows.filter(({ reason }) => /^the warehouse cannot read it/.test(String(reason))).length,
  ).toBeGreaterThanOrEqual(3)
  await datasets.refresh()
  expect(await ledger()).toEqual(rows)
})

test('Parquet with other columns or types is refused, and rows out of bounds are', async () => {
  const { sales: columns } = HISTORY_COLUMNS
  await put(jump('jump-1'), sales({}, columns.slice(1)))
  await put(
    jump('jump-2'),
    sales({ extra: new Int32Array(2) }, [...columns, { name: 'extra', type: 'int32', nullable: false }]),
  )
  await put(
    jump('jump-3'),
    sales(
      { units: new Float64Array(2) },
      columns.map((column) => (column.name === 'units' ? { ...column, type: 'float64' as const } : column)),
    ),
  )
  await put(jump('jump-4'), sales({ units: Int32Array.from([-1, 5]) }))
  await put(jump('jump-5'), sales({ business_date: Int32Array.from([20_000, 100_000]) }))
  await put(
    jump('jump-6'),
    sales({
      store_id: { words: ['S1', "x'); drop table dim_store; --\u0000"], indexes: Int32Array.from([0, 1]) },
    }),
  )
  await put(
    jump('jump-7'),
    sales(
      { sku: { words: ['P1'], indexes: Int32Array.from([0, -1]) } },
      columns.map((column) => (column.name === 'sku' ? { ...column, nullable: true } : column)),
    ),
  )
  await load()
  expect((await ledger()).map(({ rows, rows_refused, reason }) => [rows, rows_refused, reason])).toEqual([
    [0, 0, 'it has no column store_id'],
    [0, 0, 'it has a column "extra" that is not agreed'],
    [0, 0, 'its column units is Float64, not Int32'],
    [1, 1, ''],
    [1, 1, ''],
    [1, 1, ''],
    [1, 1, ''],
  ])
  expect((await refusals()).map(({ line, reason }) => [line, reason])).toEqual([
    [1, 'units is -1, which is below 0'],
    [2, expect.stringMatching(/^business_date is 2\d{3}-.*none of the years 1990 to 2099$/)],
    [2, 'store_id is no text on one line of at most 300 letters'],
    [2, 'sku is missing'],
  ])
})

test('what is not named as the layout says is told with its reason, once, and loaded nowhere', async () => {
  const names = [
    'datasets/stores/twin/stores.ndjson',
    'datasets/stores/twin/run/snapshot.ndjson',
    'datasets/stores/snapshot.ndjson',
    "datasets/stores/tw'in/snapshot.ndjson",
    'datasets/secrets/twin/snapshot.ndjson',
    'datasets/notes.txt',
    'datasets/purchase-orders/twin/loose.ndjson',
    'datasets/purchase-orders/twin/run/a.csv',
    'datasets/purchase-orders/twin/run/deep/b.ndjson',
    'datasets/purchase-orders/twin/run/e vil.ndjson',
    'datasets/outlooks/twin/run/nothing.parquet',
    'datasets/outlooks/twin/run/2026-01-01_2026-01-01_0-sales.parquet',
  ]
  for (const name of names) await put(name, ndjson(store()))
  await load()
  const rows = await ask<{ name: string; reason: string }>(
    'select name, reason from dataset_objects order by name',
  )
  expect(rows.map(({ name }) => name)).toEqual(
    names.map((name) => (name.includes('secrets') ? 'datasets/secrets/' : name)).sort(),
  )
  expect(rows.every(({ reason }) => reason !== '')).toBe(true)
  expect(rows.find(({ name }) => name === 'datasets/secrets/')!.reason).toMatch(
    /^no kind of datasets is called so; they are stores, /,
  )
  expect([await count('dim_store'), await count('fact_purchase_orders')]).toEqual([0, 0])
  await load()
  expect(await count('dataset_objects')).toBe(rows.length)
})

test('a stray file with a late name silences nobody, and what comes after one with a later name is loaded too', async () => {
  const folder = seriesFolder(PURCHASE_ORDERS.kind, 'twin', 'strays')
  const write = (name: string, id: string) =>
    put(`${folder}${name}`, ndjson(orderLine({ purchase_order_id: id })))
  const datasets = datasetsOf({ lake, warehouse })
  await write('b.ndjson', 'PO-1')
  await put(`${folder}zzz.txt`, 'notes')
  await datasets.refresh()
  await write('c.ndjson', 'PO-2')
  await datasets.refresh()
  await datasets.refresh()
  expect(await count('fact_purchase_orders')).toBe(2)
  await write('a.ndjson', 'PO-3')
  await load()
  await load()
  expect(await count('fact_purchase_orders')).toBe(3)
  const rows = await ask<{ name: string }>(
    "select name from dataset_objects where kind = 'purchase-orders' order by name",
  )
  expect(rows.map(({ name }) => name.slice(folder.length))).toEqual([
    'a.ndjson',
    'b.ndjson',
    'c.ndjson',
    'zzz.txt',
  ])
})

test('what a source has put aside, and what nobody has a table for, is in the ledger', async () => {
  const folder = seriesFolder(WEATHER_ANSWERS.kind, 'open-meteo', 'daily')
  await lake.create('raw', `${folder}a.json`, Buffer.from('{}'), { refused: 'it holds no day of 2026' })
  await lake.create('raw', `${folder}b.json`, Buffer.from('{"latitude": 1}'))
  await load()
  expect(await ledger()).toMatchObject([
    {
      kind: 'weather-answers',
      source: 'open-meteo',
      reason: 'its source has put it aside: it holds no day of 2026',
    },
    { kind: 'weather-answers', source: 'open-meteo', rows: 0, rows_refused: 1, reason: '' },
  ])
})
