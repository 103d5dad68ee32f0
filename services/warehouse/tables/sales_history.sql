-- Sales of days before the stream, as histories of the lake tell them. As with blocks, one object is one insert, one
-- part and one token, so the table has no partition key.
create table sales_history
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    business_date Date comment 'calendar day at the store',
    units Int32 comment 'in unit, over the till; what came back is in returned',
    returned Int32,
    unit LowCardinality(String),
    revenue Int64 comment 'minor units that customers paid for units, after discounts',
    currency LowCardinality(String),
    price Int32 comment 'shelf price before promotion, minor units: per piece, kilogram or litre',
    promotion_id LowCardinality(String) comment 'empty when none',
    promotion_kind LowCardinality(String) comment 'empty when none',
    stock_out Bool comment 'the shelf was empty when a customer reached for it, or all day',
    dataset LowCardinality(String) comment 'as in history_datasets'
)
engine = MergeTree
order by (store_id, sku, business_date)
settings non_replicated_deduplication_window = 10000
