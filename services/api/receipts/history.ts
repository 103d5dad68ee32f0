/** A day that a history tells: one row of one object of the lake, without baskets. */
import type { Hop, Proof } from '@shelfcast/contracts/receipts'
import { receiptId } from '@shelfcast/contracts/receipts'
import { DATASET_LEDGER_TABLE, LAKE_COLLECTION } from '@shelfcast/contracts/warehouse'
import { reasonOf } from '../http/errors.ts'
import { hopOf, instantOf, linksOf, proofOf } from './hops.ts'
import { LAKE_SETTINGS } from './objects.ts'
import type { DaySources, SeriesDay } from './series-day.ts'

/** Objects that are opened to find a row: each costs some requests to the object store. */
const OBJECTS_AT_ONCE = 64
const JUMPS = '/jumps'

interface HistoryRow {
  units: number
  returned: number
  unit: string
  revenue: number
  currency: string
  price: number
  promotion_id: string
  stock_out: boolean
}

interface ObjectRow {
  name: string
  etag: string
  rows: number
  loaded_at: string
}

export async function historyHop(
  { read, prove, readObject }: DaySources,
  parts: { store_id: string; sku: string; day: string },
  { filled_at, ...row }: SeriesDay,
  proof: Proof,
): Promise<Hop> {
  const { store_id, sku, day } = parts
  const dataset = row.source
  const isJump = dataset.endsWith(JUMPS)
  const [history, ledger] = await Promise.all([
    prove<HistoryRow>(
      `
      select units, returned, unit, revenue, currency, price, promotion_id, stock_out
      from sales_history
      where store_id = {store_id:String}
          and sku = {sku:String}
          and business_date = {day:Date}
          and dataset = {dataset:String}
      limit 1`,
      { ...parts, dataset },
    ),
    prove<ObjectRow>(
      `
      select name, etag, rows, loaded_at
      from ${DATASET_LEDGER_TABLE}
      where kind = {kind:String}
          and series = {series:String}
          and reason = ''
          and (kind = 'jumps' or position(name, '/sales/') > 0)
          and (position(name, 'year=') = 0 or position(name, {year:String}) > 0)
      order by name, loaded_at desc
      limit 1 by name
      limit ${OBJECTS_AT_ONCE + 1}`,
      {
        kind: isJump ? 'jumps' : 'histories',
        series: isJump ? dataset.slice(0, -JUMPS.length) : dataset,
        year: `year=${day.slice(0, 4)}`,
      },
    ),
  ])
  const search = await objectOf({ read, readObject }, ledger.rows, parts)
  const object = ledger.rows.find(({ name }) => name === search.name)
  const origin = history.rows[0]
  return hopOf('day', parts, {
    words: `${sku} sold ${row.units} in store ${store_id} on ${day}, as the history ${dataset} tells it: a history has days, and no baskets.`,
    figures: {
      ...row,
      stock_out: row.stock_out === 1,
      filled_at: instantOf(filled_at),
      ...(origin && {
        history_units: origin.units,
        history_unit: origin.unit,
        returned: origin.returned,
        revenue: origin.revenue,
        currency: origin.currency,
        promotion_id: origin.promotion_id,
      }),
      ...(object && {
        object: object.name,
        etag: object.etag,
        object_rows: object.rows,
        loaded_at: instantOf(object.loaded_at),
        same_as_object: origin !== undefined && search.units === origin.units,
      }),
    },
    links: linksOf(receiptId('uses', parts)),
    proofs: [proof, history.proof, ledger.proof, ...(object ? [proofOf('lake', `raw/${object.name}`)] : [])],
    missing: origin
      ? search.missing
      : `sales_history has no such row of "${dataset}": another history was chosen since, and the job build-features has not told the day anew.`,
  })
}

/** Which of the objects has the row, and what it says there. */
async function objectOf(
  { read, readObject }: Pick<DaySources, 'read' | 'readObject'>,
  objects: readonly ObjectRow[],
  parts: { store_id: string; sku: string; day: string },
): Promise<{ name?: string; units?: number; missing: string | null }> {
  const [first] = objects
  if (!first) return { missing: `The ledger ${DATASET_LEDGER_TABLE} names no object of this history.` }
  if (objects.length > OBJECTS_AT_ONCE)
    return {
      missing: `The history has more than ${OBJECTS_AT_ONCE} objects of the year; they were not opened.`,
    }
  const folder = first.name.slice(0, first.name.indexOf('/', 'datasets/'.length) + 1)
  const names = objects.map(({ name }) => name.slice(folder.length))
  try {
    // A lake that is away says so to this at once; the warehouse would ask it again and again.
    await readObject('raw', first.name)
    const [row] = await read<{ path: string; units: number }>(
      `
      select _path as path, units
      from s3(${LAKE_COLLECTION}, filename = {objects:String}, format = 'Parquet')
      where store_id = {store_id:String} and sku = {sku:String} and business_date = {day:Date}
      limit 1
      settings ${LAKE_SETTINGS}`,
      { ...parts, objects: folder + (names.length === 1 ? names[0] : `{${names.join(',')}}`) },
    )
    if (!row) return { missing: 'No object of the history that the lake holds has this row any more.' }
    return { name: row.path.slice(row.path.indexOf(folder)), units: row.units, missing: null }
  } catch (error) {
    return {
      missing: `The lake was not read: ${reasonOf(error).slice(0, 300)}. Start the object store, then ask again.`,
    }
  }
}
