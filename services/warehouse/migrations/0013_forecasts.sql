-- Series as forecasts see them, what was built of features, the forecasts, and how they did.

-- One row for each day of a series, from its first sale to the last day that its store has finished: days without a sale
-- too. Filled by the job build-features; the last days are filled again, since sales come late.
create table series_daily
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    day Date comment 'calendar day at the store',
    units Float32 comment 'sold: pieces, kilograms or litres; what came back is not taken off',
    price Nullable(Float32) comment 'shelf price before promotion, minor units for one of them',
    promotion_off Float32 comment 'share of the price',
    promotion_kind LowCardinality(String) comment 'empty when none',
    stock_out UInt8 comment 'the shelf was empty, all day or when somebody reached for it: units is less than demand',
    source LowCardinality(String) comment 'dataset of a history, or live',
    filled_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(filled_at)
order by (store_id, sku, day);

-- Which origins the feature tables hold. A table is named after the content hash of the definitions.
create table feature_builds
(
    feature_hash LowCardinality(String),
    origin Date,
    rows UInt64,
    object String comment 'in the features bucket',
    built_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(built_at)
order by (feature_hash, origin);

create table fact_forecast
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    origin Date comment 'last day that was known',
    horizon UInt8 comment 'days after the origin',
    target_date Date,
    model_version LowCardinality(String) comment 'or baseline:NAME',
    role LowCardinality(String) comment 'champion; shadow or ab: a challenger on trial',
    served Bool comment 'what pages and planning read: one row of each series and day',
    unit LowCardinality(String) comment 'quantities are in it, as those of fact_sales: each, g, ml',
    p10 Float32,
    p50 Float32,
    p90 Float32,
    mean Float32,
    baseline Float32 comment 'of baseline_name, on the same day',
    baseline_name LowCardinality(String),
    feature_hash LowCardinality(String),
    features Array(Float32) comment 'inputs of the model, in the order of its manifest',
    base Float32 comment 'what the model says of any series: reasons add up to mean - base',
    reasons Array(Float32) comment 'in unit, in the order of forecast_reasons',
    made_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(made_at)
order by (origin, store_id, sku, horizon, role, model_version)
settings non_replicated_deduplication_window = 10000;

-- Which origins are forecast as a whole, from which features, and after which turn of the registry.
create table forecast_scorings
(
    origin Date,
    feature_hash LowCardinality(String),
    built_at DateTime64(3, 'UTC') comment 'of the features',
    turn UInt64 comment 'newest event of the registry that says who serves and who is on trial',
    model_version LowCardinality(String) comment 'or baseline:NAME',
    rows UInt64,
    scored_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(scored_at)
order by (origin, feature_hash, built_at, turn);

-- The order of fact_forecast.reasons.
create view forecast_reasons as
select
    reason,
    position
from
(
    select arrayJoin(arrayEnumerate(names)) as position, names[position] as reason
    from
    (
        select
            ['recent sales', 'weekday', 'season', 'trend', 'price', 'promotion', 'holiday', 'weather', 'store', 'totals'] as names
    )
);

-- The forecasts that count today: those of each store's newest origin, and of these what was made last.
create view forecast_latest as
select *
from fact_forecast
where served and (store_id, origin) in
(
    select store_id, max(origin)
    from fact_forecast
    where served
    group by store_id
)
order by made_at desc
limit 1 by store_id, sku, horizon;

-- How forecasts did, by what came: sums, so that any level can be made of them. Filled by the job detect-drift for each
-- target day that is over.
create table forecast_accuracy
(
    model_version LowCardinality(String),
    role LowCardinality(String),
    store_id LowCardinality(String),
    category LowCardinality(String),
    target_date Date,
    horizon UInt8,
    series UInt32 comment 'store SKUs whose shelf was not empty',
    actual Float64 comment 'pieces, kilograms, litres; sums over series from here on',
    forecast Float64,
    absolute_error Float64,
    squared_scaled_error Float64 comment 'squared error over the mean squared difference of a day to the next',
    absolute_scaled_error Float64 comment 'absolute error over the mean absolute difference to the same weekday a week before',
    baseline_absolute_error Float64,
    pinball_p10 Float64,
    pinball_p50 Float64,
    pinball_p90 Float64,
    covered UInt32 comment 'actuals between p10 and p90',
    below_p90 UInt32,
    nonzero UInt32,
    percentage_error Float64 comment 'absolute error over the actual, where that is not 0',
    measured_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(measured_at)
order by (model_version, role, store_id, category, target_date, horizon);

-- Drift of inputs and errors, one row for each time it was looked at.
create table forecast_drift
(
    model_version LowCardinality(String),
    measure LowCardinality(String) comment 'psi, wape, bias, coverage_80, ...',
    object LowCardinality(String) comment 'input, store, category, or all',
    value Float64,
    threshold Float64 comment 'beyond it an alert is raised',
    breached Bool,
    origin Date,
    measured_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (model_version, measure, object, measured_at);
