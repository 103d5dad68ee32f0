-- Probability that a SKU of a store runs out, for each of the next 14 days. Filled by plan-orders.
create table stock_out_risks
(
    origin Date comment 'last day that was known',
    store_id LowCardinality(String),
    sku LowCardinality(String),
    risks Array(Float32) comment 'of the days 1 to 14 after the origin: that somebody wants it on that day and it is not there',
    formula_empty Array(Float32) comment 'of the same days, before calibration: that the shelf is empty in the evening, which the series show later',
    model_version LowCardinality(String) comment 'that forecast, or baseline:NAME',
    planned_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(planned_at)
order by (origin, store_id, sku)
settings non_replicated_deduplication_window = 10000
