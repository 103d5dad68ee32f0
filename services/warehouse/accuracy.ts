/** How forecasts did: held against what came, and how their inputs have moved. */
import { readFileSync } from 'node:fs'
import type { DemandPart } from '@shelfcast/contracts/manifest'
import type { Warehouse } from './client.ts'
import { identifier } from './quoting.ts'

const ACCURACY = new URL('forecasts/accuracy.sql', import.meta.url)

/** Measures the forecasts of these days, both included. Repeating it changes nothing but what came late. */
export async function measureAccuracy(warehouse: Warehouse, from: string, to: string): Promise<void> {
  await warehouse.command({ query: readFileSync(ACCURACY, 'utf8'), query_params: { from, to } })
}

/** Figures of the forecasts that a version made, over the days that were measured. */
export interface LiveAccuracy {
  series_days: number
  wape: number
  baseline_wape: number
  bias: number
  coverage_80: number
  upper_tail: number
  rmsse: number
  mase: number
}

/** @param by column of forecast_accuracy, for a row of each; all in one when left out */
export async function liveAccuracy(
  warehouse: Warehouse,
  where: { version: string; from: string; to: string },
  by?: 'store_id' | 'category' | 'horizon',
): Promise<({ object: string } & LiveAccuracy)[]> {
  const answer = await warehouse.query({
    query: `
      select
          ${by ? `toString(${identifier(by)})` : `'all'`} as object,
          toUInt32(sum(series)) as series_days,
          sum(absolute_error) / sum(actual) as wape,
          sum(baseline_absolute_error) / sum(actual) as baseline_wape,
          sum(forecast) / sum(actual) - 1 as bias,
          sum(covered) / sum(series) as coverage_80,
          sum(below_p90) / sum(series) as upper_tail,
          sqrt(sum(squared_scaled_error) / sum(series)) as rmsse,
          sum(absolute_scaled_error) / sum(series) as mase
      from forecast_accuracy final
      where model_version = {version:String} and target_date between {from:Date} and {to:Date}
      group by object
      having sum(actual) > 0
      order by object`,
    query_params: where,
    format: 'JSONEachRow',
  })
  return answer.json()
}

/**
 * Population stability index of each input at an origin against training: the sum over bins of (now - then) ln(now / then).
 * 0.1 is a change, 0.25 a large one. Source: Siddiqi, Credit Risk Scorecards, 2006.
 */
export async function populationStability(
  warehouse: Warehouse,
  drift: DemandPart['drift'],
  table: string,
  origin: string,
): Promise<{ input: string; psi: number }[]> {
  const counts = drift.map(({ input, edges }, index) => {
    const column = identifier(input)
    const bin = binOf(column, edges)
    const bins = Array.from(
      { length: edges.length + 1 },
      (_, number) => `countIf(isFinite(${column}) and ${bin} = ${number})`,
    )
    return `[${bins.join(', ')}] as bins_${index}, countIf(not isFinite(ifNull(${column}, nan))) as missing_${index}`
  })
  const answer = await warehouse.query({
    query: `select toUInt32(count()) as total, ${counts.join(',')} from ${identifier(table)} where origin = {origin:Date}`,
    query_params: { origin },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  const [row] = await answer.json<Record<string, number | number[]>>()
  const total = Number(row?.total ?? 0)
  if (!row || total === 0) return []
  return drift.map(({ input, shares }, index) => {
    const now = [...(row[`bins_${index}`] as number[]), row[`missing_${index}`] as number].map(
      (count) => count / total,
    )
    return { input, psi: stabilityIndex(shares, now) }
  })
}

/** Edges that a value is above; as numpy's searchsorted on the left does. */
function binOf(column: string, edges: readonly number[]): string {
  if (edges.length === 0) return '0'
  return `arrayCount(edge -> ${column} > edge, [${edges.map((edge) => `toFloat32(${edge})`).join(', ')}])`
}

/** A bin that one side does not have counts as a tenth of a per cent, so that the logarithm exists. */
const LEAST_SHARE = 0.001

export function stabilityIndex(then: readonly number[], now: readonly number[]): number {
  let sum = 0
  for (let bin = 0; bin < Math.max(then.length, now.length); bin++) {
    const a = Math.max(LEAST_SHARE, then[bin] ?? 0)
    const b = Math.max(LEAST_SHARE, now[bin] ?? 0)
    sum += (b - a) * Math.log(b / a)
  }
  return sum
}
