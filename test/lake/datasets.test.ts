/** Datasets from a real object store into a real warehouse: each object once, whatever is in it and whoever dies. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HISTORIES } from '@shelfcast/contracts/datasets/histories'
import { HISTORY_CHOICE } from '@shelfcast/contracts/datasets/history-choice'
import { HISTORY_COLUMNS, type HistoryColumn } from '@shelfcast/contracts/datasets/history-tables'
import { JUMPS } from '@shelfcast/contracts/datasets/jumps'
import { seriesFolder, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { OUTLOOKS } from '@shelfcast/contracts/datasets/outlooks'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { PURCHASE_ORDERS } from '@shelfcast/contracts/datasets/purchase-orders'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import { SUPPLIERS } from '@shelfcast/contracts/datasets/suppliers'
import { WEATHER_ANSWERS } from '@shelfcast/contracts/datasets/weather-answers'
import { type Cells, encodeTable } from '@shelfcast/datagen/history/table'
import { createDatasets } from '@shelfcast/ingest/datasets/loader'
import { BLOCK_ROWS_LIMIT } from '@shelfcast/ingest/load/ranges'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { datasetsOf, loadDatasets, orderLine, product, store, supplier } from '../ingest/datasets.ts'
import { warehouseOf } from '../stack/figures.ts'

const TABLES = [
  'dataset_objects',
  'dataset_refusals',
  'dim_store',
  'dim_product',
  'dim_supplier',
  'fact_purchase_orders',
  'sales_history',
  'history_datasets',
  'weather_daily',
]

let dataDir: string
let stack: Stack
let lake: Lake
let warehouse: Warehouse

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-datasets-'))
  stack = await startStack({ dataDir, ports: 'free', parts: ['lake', 'warehouse'] })
  lake = createLake(readEnvironment(LakeEnvironment, stack.environment))
  await lake.client.makeBucket('raw')
  warehouse = warehouseOf(stack.environment)
})
afterAll(async () => {
  await warehouse?.close()
  await stack?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(async () => {
  const names: string[] = []
  for await (const { name } of lake.list('raw', '')) names.push(name)
  for (const name of names) await lake.client.removeObject('raw', name)
  for (const table of TABLES) await warehouse.command({ query: `truncate table ${table}` })
})

const load = (backends: { lake: Lake; warehouse: Warehouse } = { lake, warehouse }) => loadDatasets(backends)
const put = (name: string, body: Uint8Array | string) => lake.put('raw', name, Buffer.from(body))
const ndjson = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
async function ask<T = Record<string, unknown>>(query: string): Promise<T[]> {
  const answer = await warehouse.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return answer.json<T>()
}
const ledger = () =>
  ask(
    `select kind, source, series, rows, rows_refused, reason from dataset_objects where source != '' order by name, loaded_at`,
  )
const refusals = () => ask('select name, line, reason from dataset_refusals order by name, line')
const count = async (table: string) =>
  (await ask<{ rows: number }>(`select count() as rows from ${table}`))[0]!.rows

/** A row of sales, as Parquet. */
function sales(
  overrides: Partial<Record<string, Cells>> = {},
  columns: readonly HistoryColumn[] = HISTORY_COLUMNS.sales,
  rows = 2,
): Uint8Array {
  const word = (text: string) => ({ words: [text], indexes: new Int32Array(rows) })
  const none = { words: [], indexes: new Int32Array(rows).fill(-1) }
  const cells: Record<string, Cells> = {
    store_id: word('S1'),
    sku: word('P1'),
    business_date: Int32Array.from({ length: rows }, (_, row) => 20_000 + row),
    units: Int32Array.from({ length: rows }, () => 3),
    returned: new Int32Array(rows),
    unit: word('each'),
    revenue: BigInt64Array.from({ length: rows }, () => 600n),
    currency: word('EUR'),
    price: Int32Array.from({ length: rows }, () => 200),
    promotion_id: none,
    promotion_kind: none,
    stock_out: new Uint8Array(rows),
    ...overrides,
  }
  return encodeTable(columns, cells as never, rows)
}
const jump = (file: string) => `${seriesFolder(JUMPS.kind, 'twin', 'run')}${file}.parquet`
const history = (name: string, file: string) => `${seriesFolder(HISTORIES.kind, 'twin', name)}${file}`
async function putHistory(name: string, files: Record<string, Uint8Array>, overrides: object = {}) {
  for (const [file, body] of Object.entries(files)) await put(history(name, file), body)
  const objects = Object.entries(files).map(([file, body]) => ({
    name: file,
    table: 'sales',
    rows: 2,
    bytes: body.length,
    sha256: '0'.repeat(64),
  }))
  const manifest = {
    dataset: name,
    source: 'twin',
    world: 'tiny',
    seed: 1,
    from: '2024-10-04',
    to: '2024-10-05',
    currency: 'EUR',
    objects,
  }
  await put(history(name, 'manifest.json'), JSON.stringify({ ...manifest, ...overrides }))
}

test('what is the first of its kind is seen by the next look', async () => {
  const datasets = datasetsOf({ lake, warehouse })
  await datasets.refresh()
  await put(jump('first'), sales())
  await datasets.refresh()
  expect(await ledger()).toEqual([expect.objectContaining({ kind: JUMPS.kind, rows: 2, reason: '' })])
})

test('who has written something has it looked for at once', async () => {
  const datasets = createDatasets({
    lake,
    warehouse,
    log: createLog('test', 'silent'),
    loading: { enter: (work) => work() },
    everyMs: 3_600_000,
  })
  datasets.start()
  try {
    await expect.poll(() => datasets.settledAt, { timeout: 10_000 }).toBeGreaterThan(0)
    await put(jump('hurried'), sales())
    datasets.hurry()
    await expect.poll(() => count('sales_history'), { timeout: 10_000 }).toBe(2)
  } finally {
    await datasets.stop()
  }
})

test('a file of more rows than one may have is refused', async () => {
  const rows = BLOCK_ROWS_LIMIT + 1
  await put(jump('large'), sales({ business_date: new Int32Array(rows).fill(20_000) }, undefined, rows))
  await load()
  expect(await ledger()).toEqual([
    expect.objectContaining({ rows: 0, reason: 'it has more than the 1000000 rows of one object' }),
  ])
})

test('each kind is loaded once, and an empty warehouse gets all of it again', async () => {
  await put(
    snapshotName(STORES, 'twin'),
    ndjson(store(), store({ store_id: 'S2', latitude: 53.3, opens_at: 6 })),
  )
  await put(snapshotName(PRODUCTS, 'twin'), ndjson(product({ price: 199, pack_multiple: 12 })))
  await put(snapshotName(SUPPLIERS, 'twin'), ndjson(supplier()))
  await put(`${seriesFolder(PURCHASE_ORDERS.kind, 'twin', 'run')}2026-01-05T10.ndjson`, ndjson(orderLine()))
  await put(jump('jump-1'), sales())
  await putHistory('run', {
    'sales/a.parquet': sales(),
    'sales/b.parquet': sales({ store_id: { words: ['S2'], indexes: new Int32Array(2) } }),
  })
  await put(snapshotName(HISTORY_CHOICE, 'twin'), '{"dataset":"run"}\n')
  await load()
  const figures = async () =>
    Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await count(table)] as const)))
  const first = await figures()
  expect(first).toMatchObject({
    dim_store: 2,
    dim_product: 1,
    dim_supplier: 1,
    fact_purchase_orders: 1,
    sales_history: 6,
    history_datasets: 1,
    dataset_objects: 9,
    dataset_refusals: 0,
  })
  expect(await ask('select distinct dataset from sales_history order by dataset')).toEqual([
    { dataset: 'run' },
    { dataset: 'run/jumps' },
  ])
  expect(await ask(`select price, source from dim_product final`)).toEqual([{ price: 199, source: 'twin' }])
  expect(await ask(`select object from fact_purchase_orders`)).toEqual([
    { object: 'datasets/purchase-orders/twin/run/2026-01-05T10.ndjson' },
  ])
  // when it is looked for again, by the same process and by another
  await load()
  await Promise.all([load(), load()])
  expect(await figures()).toEqual(first)
  // and when the warehouse forgets the ledger alone, as for one who died before he wrote it
  await warehouse.command({ query: 'truncate table dataset_objects' })
  await load()
  expect(await figures()).toMatchObject({ sales_history: 6, dataset_objects: 9 })
  for (const table of TABLES) await warehouse.command({ query: `truncate table ${table}` })
  await load()
  expect(await figures()).toEqual(first)
})

test('whoever dies at whatever step, nothing is missing or twice', async () => {
  await put(snapshotName(STORES, 'twin'), ndjson(store()))
  await put(jump('jump-1'), sales())
  await put(jump('jump-2'), sales())
  await putHistory('run', { 'sales/a.parquet': sales(), 'sales/b.parquet': sales() })
  await put(snapshotName(HISTORY_CHOICE, 'twin'), '{"dataset":"run"}\n')
  // when each process dies after one more write to the warehouse than the one before
  for (let lives = 0; ; lives++) {
    let left = lives
    const mortal = new Proxy(warehouse, {
      get(client, name) {
        const member: unknown = Reflect.get(client, name)
        if (name !== 'insert' && name !== 'command')
          return typeof member === 'function' ? member.bind(client) : member
        return async (...args: [never]) => {
          if (left-- <= 0) throw new Error('killed')
          const answer = await (member as (...args: [never]) => Promise<unknown>).apply(client, args)
          // The rows are in, and nobody hears of it.
          if (left <= 0) throw new Error('killed')
          return answer
        }
      },
    })
    const outcome = await load({ lake, warehouse: mortal }).then(
      () => 'whole',
      () => 'killed',
    )
    expect(await count('history_datasets')).toBeLessThanOrEqual(1)
    if (await count('history_datasets')) expect(await count(`sales_history where dataset = 'run'`)).toBe(4)
    if (outcome === 'whole') break
  }
  expect(await count('sales_history')).toBe(8)
  expect(await ask('select count() = uniqExact(name) as once from dataset_objects')).toEqual([{ once: 1 }])
})

test('a snapshot that is replaced holds, also when it says again what it said before', async () => {
  const price = async () => (await ask<{ price: number }>('select price from dim_product final'))[0]!.price
  const datasets = datasetsOf({ lake, warehouse })
  for (const amount of [100, 200, 100]) {
    await put(snapshotName(PRODUCTS, 'twin'), ndjson(product({ price: amount })))
    await datasets.refresh()
    expect(await price()).toBe(amount)
    // The store tells when an object was written by the second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
  }
  expect(await count('dataset_objects')).toBe(3)
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

test('a set is loaded when its manifest is there, as it says, and is not replaced', async () => {
  // given files without a manifest
  await put(history('run', 'sales/a.parquet'), sales())
  await put(snapshotName(HISTORY_CHOICE, 'twin'), '{"dataset":"run"}')
  await load()
  expect(await count('sales_history')).toBe(0)
  // when the manifest names what is not there, beside what is
  await putHistory(
    'other',
    { 'sales/a.parquet': sales() },
    {
      objects: ['sales/a.parquet', 'sales/gone.parquet'].map((name) => ({
        name,
        table: 'sales',
        rows: 2,
        bytes: 1,
        sha256: '1'.repeat(64),
      })),
    },
  )
  // and others are of another folder, lead out of it, or are none
  await putHistory('wrong', {}, { dataset: 'run' })
  await putHistory(
    'escape',
    {},
    {
      objects: [
        { name: '../run/sales/a.parquet', table: 'sales', rows: 2, bytes: 1, sha256: '1'.repeat(64) },
      ],
    },
  )
  await put(history('broken', 'manifest.json'), '{"dataset":')
  const datasets = datasetsOf({ lake, warehouse })
  await datasets.refresh()
  expect(await ask('select dataset, count() as rows from sales_history group by dataset')).toEqual([
    { dataset: 'other', rows: 2 },
  ])
  const reasons = await ask<{ series: string; reason: string }>(
    `select series, reason from dataset_objects where endsWith(name, 'manifest.json') order by series`,
  )
  expect(reasons).toMatchObject([
    { series: 'broken', reason: expect.stringMatching(/^it is no manifest/) },
    { series: 'escape', reason: expect.stringMatching(/^it is no manifest: \/objects\/0\/name/) },
    { series: 'other', reason: '1 of its 2 files are refused' },
    { series: 'wrong', reason: 'it is of twin/run, and lies at twin/wrong' },
  ])
  // and when one that is loaded is written anew
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  await putHistory('other', { 'sales/b.parquet': sales() })
  await load()
  await load()
  expect(await count('sales_history')).toBe(2)
  expect(await count(`dataset_objects where series = 'other' and reason like 'another history%'`)).toBe(1)
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

test('while the warehouse is away nothing is lost, and nobody else is told a wrong end', async () => {
  await put(snapshotName(STORES, 'twin'), ndjson(store()))
  await put(`${seriesFolder(OUTLOOKS.kind, 'twin', 'run')}x.parquet`, 'x')
  const away = new Proxy(warehouse, {
    get: () => () => Promise.reject(new Error('connect ECONNREFUSED')),
  })
  const datasets = createDatasets({
    lake,
    warehouse: away,
    log: createLog('test', 'silent'),
    loading: { enter: (work) => work() },
  })
  await expect(datasets.refresh()).rejects.toThrow('ECONNREFUSED')
  expect(datasets.settledAt).toBe(0)
  await load()
  expect(await count('dim_store')).toBe(1)
})
