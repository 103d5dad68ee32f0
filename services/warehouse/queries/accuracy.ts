/** How forecasts did, held against what came. */
import { readFileSync } from 'node:fs'
import type { AccuracyOf } from '@shelfcast/contracts/model-answers'
import type { Warehouse } from '../client.ts'
import type { Reader } from './rows.ts'

const MEASURE = new URL('measure_accuracy.sql', import.meta.url)

/** Measures the forecasts of these days, both included. Repeating it changes nothing but what came late. */
export async function measureAccuracy(warehouse: Warehouse, from: string, to: string): Promise<void> {
  await warehouse.command({ query: readFileSync(MEASURE, 'utf8'), query_params: { from, to } })
}

/**
 * Figures of days that were measured. What has nothing to be divided by is null, not infinite.
 * @param by what a row stands for, and `where` which rows count: SQL over forecast_accuracy
 */
export const readAccuracy = (
  read: Reader,
  { by, where }: { by: string; where: string },
  parameters: Record<string, unknown>,
): Promise<AccuracyOf[]> =>
  read<AccuracyOf>(
    `
    select
        toString(${by}) as of,
        sum(accuracy.series) as forecasts,
        sum(absolute_error) / nullIf(sum(actual), 0) as wape,
        (sum(forecast) - sum(actual)) / nullIf(sum(actual), 0) as bias,
        sum(covered) / nullIf(sum(accuracy.series), 0) as coverage_80,
        sum(below_p90) / nullIf(sum(accuracy.series), 0) as below_p90,
        sqrt(sum(squared_scaled_error) / nullIf(sum(accuracy.series), 0)) as rmsse,
        sum(baseline_absolute_error) / nullIf(sum(actual), 0) as baseline_wape
    from (select * from forecast_accuracy final) as accuracy
    where ${where}
    group by of
    order by of`,
    parameters,
  )
