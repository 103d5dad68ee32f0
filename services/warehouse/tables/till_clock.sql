-- How far each till has come, for store_clock.
create table till_clock
(
    store_id LowCardinality(String),
    till_id Int32,
    first_hour SimpleAggregateFunction(min, DateTime('UTC')) comment 'start of the hour of its first basket',
    last_hour SimpleAggregateFunction(max, DateTime('UTC')) comment 'start of the hour of its newest basket'
)
engine = AggregatingMergeTree
order by (store_id, till_id)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
