-- Which order lines were answered, for stock_on_order.
create table order_receipts
(
    store_id LowCardinality(String),
    received_on Date comment 'calendar day at the store',
    sku LowCardinality(String),
    purchase_order_id String,
    quantity Int64 comment 'in unit; 0 when nothing came of the line',
    receipts Int64
)
engine = SummingMergeTree((quantity, receipts))
order by (store_id, received_on, sku, purchase_order_id)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
