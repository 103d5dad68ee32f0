/** What promotions did to sales: of each SKU, weeks in which its price was lowered against those around them. */
import type { Reader } from './rows.ts'

/** Sums over weeks of the whole chain; r is the logarithm of what was sold by what is usual, x that of the price paid. */
export interface PromotionSumsRow {
  sku: string
  /** With a promotion. */
  weeks: number
  /** Sum of x r and of x x over them. */
  products: number
  squares: number
  /** Without one, and the sum of r r over those. */
  plain_weeks: number
  plain_squares: number
}

/**
 * Of half a year. Usual is what a store sold of it a day in the four weeks before and after without a promotion, so that
 * neither a store nor a season is taken for an effect of the price. Only plain reductions count: a multibuy, a coupon or an
 * end cap moves more than its price does.
 */
export function readPromotionSums(read: Reader, origin: string): Promise<PromotionSumsRow[]> {
  return read(
    `
    with weekly as
    (
        select
            sku,
            store_id,
            toUInt16(intDiv(toUInt16(toMonday(day)), 7)) as week,
            sumIf(units, promotion_off > 0 and promotion_kind in ('price_off', '')) as lower_units,
            countIf(promotion_off > 0 and promotion_kind in ('price_off', '')) as lower_days,
            sumIf(log(1 - promotion_off), promotion_off > 0 and promotion_kind in ('price_off', '')) as log_prices,
            sumIf(units, promotion_off = 0) as plain_units,
            countIf(promotion_off = 0) as plain_days
        from series_daily final
        where day > {origin:Date} - 182 and day <= {origin:Date} and stock_out = 0 and promotion_off < 1
        group by sku, store_id, week
    ),
    beside as
    (
        select
            *,
            (sum(plain_units) over around - plain_units) as units_around,
            (sum(plain_days) over around - plain_days) as days_around
        from weekly
        window around as (partition by sku, store_id order by week range between 4 preceding and 4 following)
    ),
    chain as
    (
        select
            sku,
            week,
            sum(lower_units) as lower,
            sum(units_around / days_around * lower_days) as lower_usual,
            sum(log_prices) / sum(lower_days) as log_price,
            sum(plain_units) as plain,
            sum(units_around / days_around * plain_days) as plain_usual
        from beside
        where days_around >= 7
        group by sku, week
    )
    select
        sku,
        countIf(lower > 0 and lower_usual >= {least:Float64}) as weeks,
        sumIf(log_price * log(lower / lower_usual), lower > 0 and lower_usual >= {least:Float64}) as products,
        sumIf(log_price * log_price, lower > 0 and lower_usual >= {least:Float64}) as squares,
        countIf(plain > 0 and plain_usual >= {least:Float64}) as plain_weeks,
        sumIf(pow(log(plain / plain_usual), 2), plain > 0 and plain_usual >= {least:Float64}) as plain_squares
    from chain
    group by sku
    having weeks > 0
    order by sku`,
    { origin, least: LEAST_USUAL },
  )
}

/** Pieces, kilograms or litres a week: of less, the logarithm is chance. */
const LEAST_USUAL = 5
