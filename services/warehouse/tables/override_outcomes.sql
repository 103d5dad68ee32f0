-- What came of planners' changes of forecasts: one row is a day of a SKU of a store that an override changed and that is
-- over, the shelf not being empty. Filled by the job measure-overrides; a day is measured again while sales come late.
create table override_outcomes
(
    override_id UInt64,
    store_id LowCardinality(String),
    sku LowCardinality(String),
    day Date,
    origin Date comment 'of the forecast that was changed: the first after the override was set that reaches the day',
    actor LowCardinality(String),
    reason String,
    forecast Float64 comment 'without the override: pieces, kilograms or litres',
    effective Float64 comment 'with it',
    actual Float64 comment 'sold',
    measured_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(measured_at)
order by (override_id, store_id, sku, day)
settings non_replicated_deduplication_window = 10000
