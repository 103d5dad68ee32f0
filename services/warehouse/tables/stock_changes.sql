-- Sales and movements of stock, for stock_by_sku. By the hour, because sales_added has them so: the hour in which a SKU
-- was last counted is taken apart by instants.
create table stock_changes
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    unit LowCardinality(String),
    sold Int64 comment 'in unit, over the till; what came back is not taken off',
    moved Int64 comment 'in unit: signed movements but for counts',
    lines Int64 comment 'of baskets, also those of returns',
    movements Int64
)
engine = SummingMergeTree((sold, moved, lines, movements))
order by (store_id, sku, hour, unit)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
