-- Movements that name a lot, for stock_known_lots.
create table stock_lot_changes
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    expires_on Date comment 'last day of sale; 2149-06-06 when unknown',
    lot String,
    unit LowCardinality(String),
    is_count Bool,
    event_time DateTime64(3, 'UTC'),
    quantity Int64 comment 'in unit; signed change, or the counted stock',
    movements Int64
)
engine = SummingMergeTree((quantity, movements))
order by (store_id, sku, expires_on, lot, unit, is_count, event_time)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
