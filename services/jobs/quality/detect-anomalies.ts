/** Days of store SKUs that are not as usual, scored with the champion of the model anomaly. */
import { DAY_MS, utcDate } from '@shelfcast/contracts/dates'
import { ANOMALY_HEADS, RESIDUAL_DAYS } from '@shelfcast/contracts/detection'
import type { Bundle } from '@shelfcast/inference/model/bundle'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { type FeatureRow, readModelFeatures } from '@shelfcast/warehouse/model-features'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import { readerOf, rowsOf } from '@shelfcast/warehouse/queries/rows'
import type { Job } from '../engine/job.ts'
import { loadChampion, parameterOf, scoreRows, withoutChampion } from '../models/champions.ts'

export interface Anomaly {
  store_id: string
  sku: string
  day: string
  score: number
  kind: 'sales_high' | 'sales_low' | 'stock_loss'
  detail: string
}

/** The series tell their last week anew each night, since tills are late at times. */
const TOLD_ANEW_DAYS = 7
/** After a longer absence nobody looks for what was unusual a month ago. */
const MOST_DAYS = 28
const RESIDUALS = ANOMALY_HEADS.sales.inputs

export function detectAnomalies(): Job<'detect-anomalies'> {
  return {
    name: 'detect-anomalies',
    async run({ backends: { warehouse, champions }, parameters: { force }, now, signal }) {
      const champion = await champions.champion('anomaly')
      if (!champion)
        return { figures: { days: 0, rows: 0, anomalies: 0 }, shortfalls: [withoutChampion('anomaly')] }
      const to = await lastDay(readerOf(warehouse))
      if (to === undefined)
        return {
          figures: { days: 0, rows: 0, anomalies: 0 },
          shortfalls: ['The daily series are empty, so nothing was scored. Run the job build-features.'],
        }
      const from = await firstDay(warehouse, to, force)
      const bundle = await loadChampion('anomaly', champion)
      try {
        const rows = await readModelFeatures(warehouse, 'anomaly', { from, to })
        signal.throwIfAborted()
        const anomalies = await findAnomalies(bundle, rows)
        await store(warehouse, champion.version, rows, anomalies, now())
        const days = new Set(rows.map(({ day }) => day)).size
        return { figures: { days, rows: rows.length, anomalies: anomalies.length }, shortfalls: [] }
      } finally {
        await bundle.release()
      }
    },
  }
}

/** @param rows of the model's features */
export async function findAnomalies(bundle: Bundle, rows: readonly FeatureRow[]): Promise<Anomaly[]> {
  const [sales, stock] = [await scoreRows(bundle, 'sales', rows), await scoreRows(bundle, 'stock', rows)]
  const salesThreshold = parameterOf(bundle, ANOMALY_HEADS.sales.threshold)
  const stockThreshold = parameterOf(bundle, ANOMALY_HEADS.stock.threshold)
  return rows.flatMap((row, index) => {
    const of = { store_id: String(row.store_id), sku: String(row.sku), day: String(row.day) }
    const anomalies: Anomaly[] = []
    if (sales[index]! >= salesThreshold) anomalies.push({ ...of, score: sales[index]!, ...unusualSales(row) })
    if (Number(row.counted_days) > 0 && Number(row.loss) > 0 && stock[index]! >= stockThreshold)
      anomalies.push({ ...of, score: stock[index]!, ...unusualStock(row) })
    return anomalies
  })
}

function unusualSales(row: FeatureRow): Pick<Anomaly, 'kind' | 'detail'> {
  const size = (residual: string) => Math.abs(Number(row[residual]))
  const name = RESIDUALS.reduce((largest, residual) => (size(residual) > size(largest) ? residual : largest))
  const days = RESIDUAL_DAYS[name]
  const isHigh = Number(row[name]) > 0
  const text = `Sold ${numberText(row.units)} where ${numberText(row.expected_units)} are usual for such a day`
  const lasting = days === 1 ? '' : `, and ${isHigh ? 'more' : 'less'} than usual over ${days} days`
  return { kind: isHigh ? 'sales_high' : 'sales_low', detail: `${text}${lasting}.` }
}

function unusualStock(row: FeatureRow): Pick<Anomaly, 'kind' | 'detail'> {
  return {
    kind: 'stock_loss',
    detail: `The count found ${numberText(row.loss_units)} less than the book had.`,
  }
}

const numberText = (value: unknown) => Number(Number(value).toPrecision(3)).toString()

async function firstDay(warehouse: Warehouse, to: string, force: boolean): Promise<string> {
  const last = Date.parse(to)
  const oldest = last - (MOST_DAYS - 1) * DAY_MS
  if (force) return utcDate(oldest)
  const [newest] = await rowsOf<{ day: string; runs: number }>(
    warehouse,
    `select toString(max(day)) as day, count() as runs from detection_runs where model = 'anomaly'`,
  )
  const newestDay = newest && newest.runs > 0 ? Date.parse(newest.day) : Number.NEGATIVE_INFINITY
  return utcDate(Math.max(oldest, Math.min(newestDay + DAY_MS, last - (TOLD_ANEW_DAYS - 1) * DAY_MS)))
}

async function store(
  warehouse: Warehouse,
  model_version: string,
  rows: readonly FeatureRow[],
  anomalies: readonly Anomaly[],
  found_at: number,
): Promise<void> {
  const runs = new Map<string, { rows: number; anomalies: number }>()
  for (const { day } of rows) {
    const run = runs.get(String(day)) ?? { rows: 0, anomalies: 0 }
    run.rows++
    runs.set(String(day), run)
  }
  for (const { day } of anomalies) runs.get(day)!.anomalies++
  if (anomalies.length > 0)
    await warehouse.insert({
      table: 'detected_anomalies',
      values: anomalies.map((anomaly) => ({ ...anomaly, model_version, found_at })),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
  // Last: a day counts as looked at when all that was found is there.
  if (runs.size > 0)
    await warehouse.insert({
      table: 'detection_runs',
      values: [...runs].map(([day, run]) => ({ model: 'anomaly', day, model_version, ...run, found_at })),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
}
