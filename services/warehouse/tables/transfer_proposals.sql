-- Transfers between stores that are expected to pay. Filled by the job find-slow-movers.
create table transfer_proposals
(
    from_store LowCardinality(String),
    to_store LowCardinality(String),
    sku LowCardinality(String),
    lot String comment 'empty: of no known lot',
    unit LowCardinality(String) comment 'of facts: each, g, ml',
    expires_on Nullable(Date) comment 'last day of sale',
    quantity Int64 comment 'in unit',
    worth Int64 comment 'minor units: expected, all costs paid',
    trip_worth Int64 comment 'minor units: of all that goes the same way',
    km Float64,
    steps Nested
    (
        step LowCardinality(String),
        before Int64,
        after Int64,
        facts String
    ) comment 'the arithmetic in its order, minor units; facts are JSON',
    origin Date comment 'last day that the forecasts knew',
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by (found_at, from_store, to_store, sku, lot)
