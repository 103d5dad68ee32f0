/** Calibration of stock-out risks: what came of earlier ones, and what was learned of it. */
import type { Reader } from './rows.ts'

/** By day ahead, and probability of the formula in bins. */
export interface RiskOutcome {
  ahead: number
  probability: number
  cases: number
  events: number
}

/** Finer where probabilities are small, which most are. */
const BINS = 400

/**
 * Of the days in these limits, both included: what the formula said, and on how many days the shelf was empty. A day that
 * was not a day of the series (not listed, or not finished) does not count.
 */
export const readRiskOutcomes = (read: Reader, from: string, to: string): Promise<RiskOutcome[]> =>
  read<RiskOutcome>(
    `
    with
        risks as
        (
            select origin, store_id, sku, toUInt8(told.1) as ahead, toFloat64(told.2) as formula
            from (select * from stock_out_risks final where origin >= {from:Date} - 14 and origin < {to:Date})
            array join arrayZip(arrayEnumerate(formula_empty), formula_empty) as told
        ),
        days as
        (
            select store_id, sku, day, argMax(stock_out, filled_at) as out
            from series_daily
            where day between {from:Date} and {to:Date}
            group by store_id, sku, day
        )
    select ahead, avg(formula) as probability, count() as cases, sum(out) as events
    from (select *, origin + ahead as day from risks) as risks
    inner join days on days.store_id = risks.store_id and days.sku = risks.sku and days.day = risks.day
    group by ahead, round(${BINS} * sqrt(formula))
    order by ahead, probability`,
    { from, to },
  )

export interface CalibrationRow {
  ahead: number
  a: number
  b: number
  c: number
}

/** The newest, by day ahead from 1 on; empty where nothing was learned yet. */
export const readRiskCalibration = (read: Reader): Promise<CalibrationRow[]> =>
  read<CalibrationRow>(`
    select ahead, a, b, c
    from risk_calibrations final
    where until = (select max(until) from risk_calibrations)
    order by ahead`)
