-- A count is all count movements of a SKU with one event_time: where lots are counted one by one, they add up.
create table stock_counts
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    counted_at DateTime64(3, 'UTC'),
    unit LowCardinality(String),
    quantity Int64 comment 'in unit: the lots that were counted at this instant together',
    counts Int64 comment 'count movements; keeps a count of 0'
)
engine = SummingMergeTree((quantity, counts))
order by (store_id, sku, counted_at, unit)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
