/** Forecasts as a file: a line for each series and day. */
import type { ForecastFilter } from '@shelfcast/contracts/forecasts'
import { REASONS } from '@shelfcast/contracts/training'
import { csvLine } from '@shelfcast/runtime/csv'
import type { RowStream } from '../read/reader.ts'
import { matching } from './list.ts'
import { keyOf, ORIGIN_OF_STORE, originParameters, type ReadOverview, type SeriesRow } from './overview.ts'
import { served } from './served.ts'
import { rounded, unitOf } from './units.ts'

const HEADER = [
  'store_id',
  'store',
  'sku',
  'product',
  'category',
  'unit',
  'origin',
  'horizon',
  'date',
  'p10',
  'p50',
  'p90',
  'mean',
  'baseline',
  'baseline_name',
  'served_by',
  'model_version',
  'base',
  ...REASONS.map((reason) => `reason_${reason.replace(' ', '_')}`),
]

interface Row {
  store_id: string
  sku: string
  horizon: number
  target_date: string
  unit: string
  p10: number
  p50: number
  p90: number
  mean: number
  baseline: number
  baseline_name: string
  base: number
  reasons: number[]
}

/** @returns pieces of the text, as fast as they are taken */
export function createForecastCsv(stream: RowStream, overview: ReadOverview) {
  return async (filter: ForecastFilter): Promise<AsyncIterable<string>> => {
    const { rows, origins } = await overview()
    const seriesByKey = new Map(
      rows
        .filter(matching({ store_id: undefined, category: undefined, text: undefined, ...filter }))
        .map((row) => [keyOf(row.store_id, row.sku), row]),
    )
    const batches = await stream<Row>(
      `
      select
          store_id,
          sku,
          horizon,
          target_date,
          unit,
          p10,
          p50,
          p90,
          mean,
          baseline,
          baseline_name,
          base,
          if(model_version like 'baseline:%', [], reasons) as reasons
      from ${served(
        ['*'],
        `origin >= {least:Date}
            and origin = ${ORIGIN_OF_STORE}
            and ({store_id:String} = '' or store_id = {store_id:String})`,
      )}
      order by store_id, sku, horizon`,
      { ...originParameters(origins), store_id: filter.store_id ?? '' },
    )
    return lines(batches, seriesByKey)
  }
}

async function* lines(batches: AsyncIterable<Row[]>, seriesByKey: Map<string, SeriesRow>) {
  yield csvLine(HEADER)
  for await (const batch of batches) {
    let text = ''
    for (const row of batch) {
      const series = seriesByKey.get(keyOf(row.store_id, row.sku))
      if (series) text += csvLine(cellsOf(row, series))
    }
    if (text !== '') yield text
  }
}

function cellsOf(row: Row, series: SeriesRow): (string | number)[] {
  const { scale } = unitOf(row.unit)
  const amount = (value: number | undefined) => (value === undefined ? '' : rounded(value * scale))
  const isExplained = row.reasons.length > 0
  return [
    series.store_id,
    series.store_name,
    series.sku,
    series.name,
    series.category,
    series.unit,
    series.origin,
    row.horizon,
    row.target_date,
    ...[row.p10, row.p50, row.p90, row.mean, row.baseline].map(amount),
    row.baseline_name,
    series.served_by,
    series.model_version,
    amount(isExplained ? row.base : undefined),
    ...REASONS.map((_, at) => amount(row.reasons[at])),
  ]
}
