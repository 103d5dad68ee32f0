/** Loading a history dataset: from the objects of the lake into its tables, once each. */
import {
  HISTORY_COLUMNS,
  HistoryManifest,
  type HistoryObject,
  type HistoryTable,
  MANIFEST_NAME,
} from '@shelfcast/contracts/history'
import { HISTORY_LEDGER_TABLE, HISTORY_TABLE, LAKE_COLLECTION } from '@shelfcast/contracts/warehouse'
import { ONE_PART } from '@shelfcast/ingest/load/ranges'
import type { Lake } from '@shelfcast/runtime/lake'
import { Compile } from 'typebox/compile'
import type { Warehouse } from './client.ts'

const manifestValidator = Compile(HistoryManifest)

/**
 * The manifest of a dataset in the raw zone, or undefined when it is not finished.
 * @param folder of the dataset, without a slash at its end
 */
export async function readManifest(lake: Lake, folder: string): Promise<HistoryManifest | undefined> {
  const name = `${folder}/${MANIFEST_NAME}`
  if (!(await lake.metadata('raw', name))) return undefined
  const manifest: unknown = JSON.parse((await lake.read('raw', name)).toString('utf8'))
  if (manifestValidator.Check(manifest)) return manifest
  const [fault] = manifestValidator.Errors(manifest)
  throw new Error(
    `Object raw/${name} is no manifest of a history: ${fault?.instancePath} ${fault?.message}. Delete the folder to write it anew.`,
  )
}

/**
 * Loads what is not loaded yet of a dataset. Repeating it, after a crash at any point, changes nothing.
 * @returns rows that were loaded now
 */
export async function loadHistory(
  warehouse: Warehouse,
  folder: string,
  manifest: HistoryManifest,
  onProgress: (rows: number, total: number) => void = () => undefined,
): Promise<number> {
  const loaded = await loadedObjects(warehouse, folder, manifest.dataset)
  const missing = manifest.objects.filter(({ name }) => !loaded.has(name))
  const total = missing.reduce((sum, { rows }) => sum + rows, 0)
  let rows = 0
  for (const object of missing) {
    await loadHistoryObject(warehouse, folder, manifest, object)
    rows += object.rows
    onProgress(rows, total)
  }
  return rows
}

const keyOf = (folder: string, name: string) => `raw/${folder}/${name}`

/** Loads an object of a dataset's folder, and records it. Repeating it changes nothing. */
export async function loadHistoryObject(
  warehouse: Warehouse,
  folder: string,
  { dataset, source }: Pick<HistoryManifest, 'dataset' | 'source'>,
  object: Pick<HistoryObject, 'name' | 'table' | 'rows' | 'bytes'>,
): Promise<void> {
  const token = keyOf(folder, object.name)
  await warehouse.command({
    query: insertInto(object.table),
    query_params: {
      name: `${folder}/${object.name}`,
      origin: object.table === 'sales' ? dataset : source,
    },
    clickhouse_settings: { ...ONE_PART, insert_deduplication_token: token },
  })
  const { table, rows, bytes } = object
  await warehouse.insert({
    table: HISTORY_LEDGER_TABLE,
    format: 'JSONEachRow',
    columns: ['key', 'dataset', 'table', 'rows', 'bytes'],
    values: [{ key: token, dataset, table, rows, bytes }],
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: token },
  })
}

/** Text that is null in the object is empty in the table. */
function insertInto(table: HistoryTable): string {
  const columns = HISTORY_COLUMNS[table]
  const origin = table === 'sales' ? 'dataset' : 'source'
  return `
    insert into ${HISTORY_TABLE[table]} (${columns.map(({ name }) => name).join(', ')}, ${origin})
    select ${columns.map(({ name, nullable }) => (nullable ? `ifNull(${name}, '')` : name)).join(', ')}, {origin:String}
    from s3(${LAKE_COLLECTION}, filename = {name:String}, format = 'Parquet')`
}

/** Names of the objects of a dataset's folder that are in their tables. */
export async function loadedObjects(
  warehouse: Warehouse,
  folder: string,
  dataset: string,
): Promise<Set<string>> {
  const answer = await warehouse.query({
    query: `select key from ${HISTORY_LEDGER_TABLE} where dataset = {dataset:String}`,
    query_params: { dataset },
    format: 'JSONEachRow',
  })
  const begin = keyOf(folder, '')
  const keys = (await answer.json<{ key: string }>()).map(({ key }) => key)
  return new Set(keys.flatMap((key) => (key.startsWith(begin) ? [key.slice(begin.length)] : [])))
}

/** Makes a dataset the one that sales_daily begins with. Nothing is written when it is that already. */
export async function chooseHistory(
  warehouse: Warehouse,
  { dataset, source }: Pick<HistoryManifest, 'dataset' | 'source'>,
): Promise<void> {
  const answer = await warehouse.query({
    query: 'select argMax(dataset, chosen_at) as dataset from history_datasets',
    format: 'JSONEachRow',
  })
  const [chosen] = await answer.json<{ dataset: string }>()
  if (chosen?.dataset === dataset) return
  await warehouse.insert({
    table: 'history_datasets',
    format: 'JSONEachRow',
    columns: ['dataset', 'source'],
    values: [{ dataset, source }],
    clickhouse_settings: { async_insert: 0 },
  })
}
