-- Forecasts of days that are over, held against what came. Days on which the shelf was empty are not looked at. Of the
-- forecasts that a version made of a day at a horizon, the last counts.
insert into forecast_accuracy
(
    model_version,
    role,
    store_id,
    category,
    target_date,
    horizon,
    series,
    actual,
    forecast,
    absolute_error,
    squared_scaled_error,
    absolute_scaled_error,
    baseline_absolute_error,
    pinball_p10,
    pinball_p50,
    pinball_p90,
    covered,
    below_p90,
    nonzero,
    percentage_error
)
with
    actuals as
    (
        select
            store_id,
            sku,
            day,
            argMax(series_daily.units, filled_at) as units,
            argMax(stock_out, filled_at) as out
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
    forecasts as
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
    forecasts.store_id,
    if(products.category = '', 'all', products.category) as category,
    target_date,
    horizon,
    count(),
    sum(actuals.units),
    sum(mean / scale),
    sum(abs(actuals.units - mean / scale)),
    sum(if(scales.squared > 0, pow(actuals.units - mean / scale, 2) / scales.squared, 0)),
    sum(if(scales.weekly > 0, abs(actuals.units - mean / scale) / scales.weekly, 0)),
    sum(abs(actuals.units - baseline / scale)),
    sum(greatest(0.1 * (actuals.units - p10 / scale), -0.9 * (actuals.units - p10 / scale))),
    sum(greatest(0.5 * (actuals.units - p50 / scale), -0.5 * (actuals.units - p50 / scale))),
    sum(greatest(0.9 * (actuals.units - p90 / scale), -0.1 * (actuals.units - p90 / scale))),
    countIf(actuals.units >= p10 / scale and actuals.units <= p90 / scale),
    countIf(actuals.units <= p90 / scale),
    countIf(actuals.units > 0),
    sumIf(abs(actuals.units - mean / scale) / actuals.units, actuals.units > 0)
from
(
    select *, if(unit = 'each', 1, 1000) as scale
    from forecasts
) as forecasts
inner join actuals on actuals.store_id = forecasts.store_id and actuals.sku = forecasts.sku and actuals.day = forecasts.target_date
left join scales on scales.store_id = forecasts.store_id and scales.sku = forecasts.sku
left join products on products.sku = forecasts.sku
group by model_version, role, forecasts.store_id, category, target_date, horizon
