-- Forecasts of days that are over, held against what came. Days on which the shelf was empty are not looked at. Of the
-- forecasts that a version made of a day at a horizon, the last counts.
insert into forecast_accuracy
(
    model_version, role, store_id, category, target_date, horizon, series, actual, forecast, absolute_error,
    squared_scaled_error, absolute_scaled_error, baseline_absolute_error, pinball_p10, pinball_p50, pinball_p90, covered,
    below_p90, nonzero, percentage_error
)
with
    came as
    (
        select store_id, sku, day, argMax(series_daily.units, filled_at) as units, argMax(stock_out, filled_at) as out
        from series_daily
        where day between {from:Date} and {to:Date}
        group by store_id, sku, day
        having out = 0
    ),
    scales as
    (
        -- Of the year before: a day against the one before it, and against the same weekday a week before.
        select
            store_id,
            sku,
            ifNull(avg(pow(units - before, 2)), 0) as squared,
            ifNull(avg(abs(units - week_before)), 0) as weekly
        from
        (
            select
                store_id,
                sku,
                units,
                lagInFrame(toNullable(units), 1) over (partition by store_id, sku order by day) as before,
                lagInFrame(toNullable(units), 7) over (partition by store_id, sku order by day) as week_before
            from
            (
                select store_id, sku, day, argMax(series_daily.units, filled_at) as units
                from series_daily
                where day between {from:Date} - 364 and {from:Date} - 1
                group by store_id, sku, day
            )
        )
        group by store_id, sku
    ),
    told as
    (
        select
            store_id,
            sku,
            target_date,
            horizon,
            model_version,
            role,
            argMax(fact_forecast.mean, made_at) as mean,
            argMax(fact_forecast.p10, made_at) as p10,
            argMax(fact_forecast.p50, made_at) as p50,
            argMax(fact_forecast.p90, made_at) as p90,
            argMax(fact_forecast.baseline, made_at) as baseline,
            argMax(fact_forecast.unit, made_at) as unit
        from fact_forecast
        where origin between {from:Date} - 28 and {to:Date} and target_date between {from:Date} and {to:Date}
        group by store_id, sku, target_date, horizon, model_version, role
    ),
    products as
    (
        select sku, argMax(dim_product.category, updated_at) as category
        from dim_product
        group by sku
    )
select
    model_version,
    role,
    told.store_id,
    if(products.category = '', 'all', products.category) as category,
    target_date,
    horizon,
    count(),
    sum(came.units),
    sum(mean / scale),
    sum(abs(came.units - mean / scale)),
    sum(if(scales.squared > 0, pow(came.units - mean / scale, 2) / scales.squared, 0)),
    sum(if(scales.weekly > 0, abs(came.units - mean / scale) / scales.weekly, 0)),
    sum(abs(came.units - baseline / scale)),
    sum(greatest(0.1 * (came.units - p10 / scale), -0.9 * (came.units - p10 / scale))),
    sum(greatest(0.5 * (came.units - p50 / scale), -0.5 * (came.units - p50 / scale))),
    sum(greatest(0.9 * (came.units - p90 / scale), -0.1 * (came.units - p90 / scale))),
    countIf(came.units >= p10 / scale and came.units <= p90 / scale),
    countIf(came.units <= p90 / scale),
    countIf(came.units > 0),
    sumIf(abs(came.units - mean / scale) / came.units, came.units > 0)
from
(
    select *, if(unit = 'each', 1, 1000) as scale
    from told
) as told
inner join came on came.store_id = told.store_id and came.sku = told.sku and came.day = told.target_date
left join scales on scales.store_id = told.store_id and scales.sku = told.sku
left join products on products.sku = told.sku
group by model_version, role, told.store_id, category, target_date, horizon
