/** A real object store and a real warehouse, what is put into the one and asked of the other. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HISTORIES } from '@shelfcast/contracts/datasets/histories'
import { HISTORY_COLUMNS, type HistoryColumn } from '@shelfcast/contracts/datasets/history-tables'
import { JUMPS } from '@shelfcast/contracts/datasets/jumps'
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { type Cells, encodeTable } from '@shelfcast/datagen/history/table'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { loadDatasets } from '../ingest/datasets.ts'
import { warehouseOf } from '../stack/figures.ts'

export const TABLES = [
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
export let lake: Lake
export let warehouse: Warehouse

/** Starts both for the tests of a file, and empties them before each. */
export function useDatasetLake(): void {
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
}

export const load = (backends: { lake: Lake; warehouse: Warehouse } = { lake, warehouse }) =>
  loadDatasets(backends)
export const put = (name: string, body: Uint8Array | string) => lake.put('raw', name, Buffer.from(body))
export const ndjson = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
export async function ask<T = Record<string, unknown>>(query: string): Promise<T[]> {
  const answer = await warehouse.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return answer.json<T>()
}
export const ledger = () =>
  ask(
    `select kind, source, series, rows, rows_refused, reason from dataset_objects where source != '' order by name, loaded_at`,
  )
export const refusals = () => ask('select name, line, reason from dataset_refusals order by name, line')
export const count = async (table: string) =>
  (await ask<{ rows: number }>(`select count() as rows from ${table}`))[0]!.rows

/** A row of sales, as Parquet. */
export function sales(
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
export const jump = (file: string) => `${seriesFolder(JUMPS.kind, 'twin', 'run')}${file}.parquet`
export const history = (name: string, file: string) => `${seriesFolder(HISTORIES.kind, 'twin', name)}${file}`
export async function putHistory(name: string, files: Record<string, Uint8Array>, overrides: object = {}) {
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
