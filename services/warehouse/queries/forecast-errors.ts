/** How errors of forecasts that are over went together, and how sales answer to prices. */
import type { Reader } from './rows.ts'

export interface OriginErrorRow {
  origin: string
  series: number
  squares: number
  blocks: number
  total: number
  pairs_within: number
  pairs_across: number
}

/** Forecasts that are over, of which so many of the newest are looked at. */
const ORIGINS = 6
const DAYS = 28

/**
 * Sums over the series of each origin whose days are over: errors of the sum of a series' days, in multiples of the root
 * of mean + 0.1 mean^2. Series whose shelf was empty on a day are left out: what they sold is no demand.
 */
export function readOriginErrors(read: Reader): Promise<OriginErrorRow[]> {
  return read<OriginErrorRow>(
    `
    with
        origins as
        (
            select distinct origin
            from fact_forecast
            where served and origin + {days:UInt8} <= (select max(until) from series_spans)
            order by origin desc
            limit {origins:UInt8}
        ),
        forecasts as
        (
            select store_id, sku, origin, target_date, argMax(mean, made_at) / if(any(fact_forecast.unit) = 'each', 1, 1000) as expected
            from fact_forecast
            where served and origin in (select origin from origins)
            group by store_id, sku, origin, target_date
        ),
        sales as
        (
            select store_id, sku, day, argMax(units, filled_at) as sold, argMax(stock_out, filled_at) as is_empty
            from series_daily
            where day > (select min(origin) from origins) and day <= (select max(origin) from origins) + {days:UInt8}
            group by store_id, sku, day
        ),
        errors as
        (
            select
                forecasts.origin as origin,
                forecasts.sku as sku,
                sum(sold) - sum(expected) as error,
                sum(expected) as mean,
                max(is_empty) as was_empty,
                count() as days
            from forecasts
            inner join sales on sales.store_id = forecasts.store_id and sales.sku = forecasts.sku and sales.day = forecasts.target_date
            group by origin, forecasts.store_id, sku
            having days = {days:UInt8} and was_empty = 0 and mean > 0
        ),
        categories as
        (
            select
                errors.origin as origin,
                products.category as category,
                count() as series,
                sum(error / sqrt(mean + 0.1 * mean * mean)) as sum_of_errors,
                sum(pow(error, 2) / (mean + 0.1 * mean * mean)) as squares
            from errors
            inner join
            (
                select sku, argMax(dim_product.category, updated_at) as category
                from dim_product
                group by sku
            ) as products on products.sku = errors.sku
            group by origin, category
        )
    select
        toString(origin) as origin,
        sum(categories.series) as series,
        sum(categories.squares) as squares,
        sum(pow(sum_of_errors, 2)) as blocks,
        pow(sum(sum_of_errors), 2) as total,
        sum(toInt64(categories.series) * (categories.series - 1)) as pairs_within,
        pow(sum(categories.series), 2) - sum(pow(categories.series, 2)) as pairs_across
    from categories
    group by categories.origin
    order by origin`,
    { days: DAYS, origins: ORIGINS },
  )
}

/**
 * Change of log sales by change of log price of SKUs, of all stores: days of a promotion beside the others, over half a
 * year, as in the features of the model slow-mover. SKUs with fewer than 28 days of promotions are not told.
 */
export async function readElasticities(
  read: Reader,
  origin: string,
  skus: readonly string[],
): Promise<Map<string, number>> {
  const rows = await read<{ sku: string; elasticity: number }>(
    `
    select
        sku,
        log(avgIf(units, promotion_off > 0) / avgIf(units, promotion_off = 0)) / log(1 - avgIf(promotion_off, promotion_off > 0))
            as elasticity
    from
    (
        select
            store_id,
            sku,
            day,
            argMax(series_daily.units, filled_at) as units,
            argMax(series_daily.promotion_off, filled_at) as promotion_off,
            argMax(series_daily.stock_out, filled_at) as stock_out
        from series_daily
        where sku in {skus:Array(String)} and day > {origin:Date} - 182 and day <= {origin:Date}
        group by store_id, sku, day
    )
    where stock_out = 0 and promotion_off < 1
    group by sku
    having countIf(promotion_off > 0) >= 28 and isFinite(elasticity)`,
    { origin, skus },
  )
  return new Map(rows.map(({ sku, elasticity }) => [sku, elasticity]))
}
