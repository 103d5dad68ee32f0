-- What a plan says of each SKU of each store, and why: also where nothing is ordered.
create table planned_lines
(
    plan LowCardinality(String) comment 'as in order_plans',
    store_id LowCardinality(String),
    sku LowCardinality(String),
    order_day Date comment 'day at the store on which it is ordered',
    supplier_id LowCardinality(String) comment 'empty when unknown',
    unit LowCardinality(String),
    quantity Int64 comment 'ordered, in unit; 0: nothing',
    reason LowCardinality(String) comment 'why it is so much: the step that decided, or why nothing',
    expected_on Nullable(Date) comment 'day at the store on which it is expected; null when nothing is ordered',
    cost Nullable(Int32) comment 'minor units, per piece, kilogram or litre',
    origin Date comment 'of the forecast',
    model_version LowCardinality(String) comment 'that forecast, or baseline:NAME; empty without a forecast',
    steps Nested
    (
        step LowCardinality(String),
        before Float64,
        after Float64,
        facts String
    ) comment 'the arithmetic in its order; facts are JSON',
    planned_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(planned_at)
order by (plan, store_id, sku)
settings non_replicated_deduplication_window = 10000
