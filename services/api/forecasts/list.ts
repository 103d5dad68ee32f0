/** Pages of the list of series. */
import type { ForecastFilter, ForecastList, ForecastOrder } from '@shelfcast/contracts/forecasts'
import { TupleParam } from '@shelfcast/warehouse/client'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import {
  keyOf,
  ORIGIN_OF_STORE,
  type Origins,
  type Overview,
  originParameters,
  type ReadOverview,
  type SeriesRow,
} from './overview.ts'
import { served } from './served.ts'
import { rounded, unitOf } from './units.ts'

/** Days of history in a row of the list. */
const SPARK_DAYS = 28
/** Pages of the list whose days are remembered. */
const PAGES_KEPT = 20

export function createForecastList(read: Reader, overview: ReadOverview) {
  const daysOf = rememberedDays(read)
  return async (
    filter: ForecastFilter,
    page: Required<ForecastOrder> & { limit: number; offset: number },
  ): Promise<ForecastList> => {
    const current = await overview()
    const { rows, origins } = current
    const matches = rows.filter(matching(filter)).sort(ordered(page))
    const rowsOfPage = matches.slice(page.offset, page.offset + page.limit)
    const days = await daysOf(current, rowsOfPage)
    return {
      rows: rowsOfPage.map((row) => ({ ...row, ...days(row) })),
      total: matches.length,
      series: rows.length,
      origin: [...origins.values()].sort().at(-1) ?? null,
      stores: countBy(rows.filter(matching({ ...filter, store_id: undefined })), ({ store_id }) => store_id)
        .map(([store_id, [first, series]]) => ({ store_id, name: first.store_name, series }))
        .sort((one, other) => one.name.localeCompare(other.name, 'en')),
      categories: countBy(
        rows.filter(matching({ ...filter, category: undefined })),
        ({ category }) => category,
      )
        .map(([category, [, series]]) => ({ category, series }))
        .sort((one, other) => one.category.localeCompare(other.category, 'en')),
    }
  }
}

type Loose<T> = { [K in keyof T]: T[K] | undefined }

export function matching({ store_id, category, text }: Loose<ForecastFilter>) {
  const needle = text?.trim().toLowerCase()
  return (row: SeriesRow): boolean =>
    (store_id === undefined || row.store_id === store_id) &&
    (category === undefined || row.category === category) &&
    (!needle || row.name.toLowerCase().includes(needle) || row.sku.toLowerCase().includes(needle))
}

/** Rows without a figure come last, whichever way the others go; rows of the same are in the order of store and SKU. */
export function ordered({ sort, order }: Required<ForecastOrder>) {
  const way = order === 'asc' ? 1 : -1
  const text = sort === 'name' ? 'name' : 'store_name'
  return (one: SeriesRow, other: SeriesRow): number => {
    if (sort === 'name' || sort === 'store')
      return way * one[text].localeCompare(other[text], 'en') || byKey(one, other)
    const [left, right] = [one[sort], other[sort]]
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    return way * (left - right) || byKey(one, other)
  }
}

const byKey = (one: SeriesRow, other: SeriesRow) =>
  one.store_id.localeCompare(other.store_id) || one.sku.localeCompare(other.sku)

function countBy(rows: readonly SeriesRow[], of: (row: SeriesRow) => string) {
  const counts = new Map<string, [first: SeriesRow, rows: number]>()
  for (const row of rows) counts.set(of(row), [row, (counts.get(of(row))?.[1] ?? 0) + 1])
  return [...counts]
}

type Days = { history: number[]; forecast: number[] }
type DaysOf = (row: SeriesRow) => Days

/** Most readers open the same page, and its days change with the overview only. */
function rememberedDays(read: Reader) {
  const pages = new WeakMap<Overview, Map<string, Promise<DaysOf>>>()

  return (overview: Overview, rows: readonly SeriesRow[]): Promise<DaysOf> => {
    const answers = pages.get(overview) ?? new Map<string, Promise<DaysOf>>()
    pages.set(overview, answers)
    const key = rows.map(({ store_id, sku }) => keyOf(store_id, sku)).join('\n')
    const days = answers.get(key) ?? readDays(read, overview.origins, rows)
    answers.set(key, days)
    days.catch(() => answers.delete(key))
    if (answers.size > PAGES_KEPT) answers.delete(answers.keys().next().value!)
    return days
  }
}

async function readDays(read: Reader, origins: Origins, rows: readonly SeriesRow[]): Promise<DaysOf> {
  if (rows.length === 0) return () => ({ history: [], forecast: [] })
  const parameters = {
    ...originParameters(origins),
    keys: rows.map(({ store_id, sku }) => new TupleParam([store_id, sku])),
    days: SPARK_DAYS,
  }
  const isOnPage = '(store_id, sku) in {keys:Array(Tuple(String, String))}'
  type Row = { store_id: string; sku: string; at: number[]; amounts: number[]; unit?: string }
  const [sales, forecasts] = await Promise.all([
    read<Row>(
      `
      select
          store_id,
          sku,
          groupArray(toInt32({days:UInt8} - 1 - (${ORIGIN_OF_STORE} - day))) as at,
          groupArray(units) as amounts
      from series_daily final
      where ${isOnPage} and day > ${ORIGIN_OF_STORE} - {days:UInt8} and day <= ${ORIGIN_OF_STORE}
      group by store_id, sku`,
      parameters,
    ),
    read<Row>(
      `
      select
          store_id,
          sku,
          any(unit) as unit,
          groupArray(toInt32(horizon) - 1) as at,
          groupArray(mean) as amounts
      from ${served(
        ['store_id', 'sku', 'origin', 'horizon', 'unit', 'mean'],
        `${isOnPage} and origin >= {least:Date} and origin = ${ORIGIN_OF_STORE}`,
      )}
      group by store_id, sku`,
      parameters,
    ),
  ])
  const inOrder = ({ at, amounts, unit = 'each' }: Row): number[] => {
    const days: number[] = new Array(at.length === 0 ? 0 : Math.max(...at) + 1).fill(0)
    for (const [index, day] of at.entries()) days[day] = rounded(amounts[index]! * unitOf(unit).scale)
    return days
  }
  const byKey = (rows: Row[]) => new Map(rows.map((row) => [keyOf(row.store_id, row.sku), inOrder(row)]))
  const [history, forecast] = [byKey(sales), byKey(forecasts)]
  return ({ store_id, sku }) => {
    const key = keyOf(store_id, sku)
    return { history: history.get(key) ?? [], forecast: forecast.get(key) ?? [] }
  }
}
