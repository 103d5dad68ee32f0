-- Lines of orders as sources tell them, in objects of the lake. Not made of blocks: a rebuild leaves it as it is.
create table fact_purchase_orders
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    purchase_order_id String,
    supplier_id LowCardinality(String),
    quantity Int64 comment 'in unit',
    unit LowCardinality(String),
    ordered_at DateTime64(3, 'UTC'),
    ordered_on Date materialized toDate(ordered_at),
    expected_on Nullable(Date) comment 'day at the store',
    told_at DateTime64(3, 'UTC') comment 'store time; the line told last holds',
    opening Bool comment 'one of all lines that the store had on order: what was told before and not again is over',
    source LowCardinality(String),
    object String comment 'in the raw zone'
)
engine = ReplacingMergeTree(told_at)
order by (store_id, ordered_on, sku, purchase_order_id)
