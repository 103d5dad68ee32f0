/** The forecast that a plan was made of: 28 days with their range and reasons. */

import { type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { HORIZONS, REASONS } from '@shelfcast/contracts/training'
import { sentences } from '@shelfcast/contracts/words'
import { hopOf, instantOf, linksOf, type Prove } from './hops.ts'

export interface ForecastRow {
  horizon: number
  target_date: string
  role: string
  served: boolean
  unit: string
  p10: number
  p50: number
  p90: number
  mean: number
  baseline: number
  baseline_name: string
  feature_hash: string
  base: number
  reasons: number[]
  made_at: string
}

export async function forecastHop(
  prove: Prove,
  { store_id, sku, origin, model_version }: Omit<ReceiptOf<'forecast'>, 'kind'>,
): Promise<{ hop: Hop; forecast: ForecastRow[] }> {
  const { rows, proof } = await prove<ForecastRow>(
    `
    select
        horizon,
        target_date,
        role,
        served,
        unit,
        p10,
        p50,
        p90,
        mean,
        baseline,
        baseline_name,
        feature_hash,
        base,
        reasons,
        made_at
    from
    (
        select *
        from fact_forecast
        where origin = {origin:Date}
            and store_id = {store_id:String}
            and sku = {sku:String}
            and model_version = {model_version:String}
        order by served desc, made_at desc
        limit 1 by horizon
    )
    order by horizon
    limit ${HORIZONS}`,
    { store_id, sku, origin, model_version },
  )
  const parts = { store_id, sku, origin, model_version }
  const [first] = rows
  if (!first) {
    const missing = `The warehouse has no forecast of SKU "${sku}" in store "${store_id}" of ${origin} by "${model_version}": it was never made, or its retention has ended (npm run retention).`
    return {
      hop: hopOf('forecast', parts, { words: 'No forecast.', proofs: [proof], missing }),
      forecast: rows,
    }
  }
  const { unit, role, served, feature_hash, baseline_name, made_at } = first
  const sum = rows.reduce((total, { mean }) => total + mean, 0)
  return {
    forecast: rows,
    hop: hopOf('forecast', parts, {
      words: `${model_version} expected ${sum.toPrecision(4)} ${unit} of ${sku} in store ${store_id} on the ${rows.length} days after ${origin}.`,
      figures: { unit, role, served, feature_hash, baseline_name, made_at: instantOf(made_at), mean: sum },
      rows: rows.map(({ horizon, target_date, p10, p50, p90, mean, baseline, base, reasons }) => ({
        id: receiptId('features', { feature_hash, store_id, sku, origin, horizon }),
        figures: {
          horizon,
          day: target_date,
          p10,
          p50,
          p90,
          mean,
          baseline,
          words:
            reasons.length === REASONS.length
              ? sentences(reasons, { base, mean, unit, targetDate: target_date })
              : [],
        },
      })),
      links: linksOf(
        receiptId('features', { feature_hash, store_id, sku, origin, horizon: 1 }),
        receiptId('window', { store_id, sku, origin }),
      ),
      proofs: [proof],
    }),
  }
}
