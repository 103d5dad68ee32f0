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
order by (model_version, role, store_id, category, target_date, horizon)
