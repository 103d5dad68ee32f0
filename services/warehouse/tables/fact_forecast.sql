-- Forecasts: served ones, and those of challengers on trial.
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
settings non_replicated_deduplication_window = 10000
