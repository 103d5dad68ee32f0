/** Datasets from a real object store into a real warehouse: each object once, whoever dies and whenever it comes. */
import { HISTORY_CHOICE } from '@shelfcast/contracts/datasets/history-choice'
import { JUMPS } from '@shelfcast/contracts/datasets/jumps'
import { seriesFolder, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { OUTLOOKS } from '@shelfcast/contracts/datasets/outlooks'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { PURCHASE_ORDERS } from '@shelfcast/contracts/datasets/purchase-orders'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import { SUPPLIERS } from '@shelfcast/contracts/datasets/suppliers'
import { createDatasets } from '@shelfcast/ingest/datasets/loader'
import { createLog } from '@shelfcast/runtime/log'
import { expect, test } from 'vitest'
import { datasetsOf, orderLine, product, store, supplier } from '../ingest/datasets.ts'
import {
  ask,
  count,
  history,
  jump,
  lake,
  ledger,
  load,
  ndjson,
  put,
  putHistory,
  sales,
  TABLES,
  useDatasetLake,
  warehouse,
} from './dataset-lake.ts'

useDatasetLake()

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
