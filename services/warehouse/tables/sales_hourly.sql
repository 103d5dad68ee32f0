-- Sales by store, SKU and hour of event time: the base of every sales figure by time.
-- Units are apart from weight: pieces add up, grams and millilitres do only within one SKU.
create table sales_hourly
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    hour DateTime('UTC'),
    currency LowCardinality(String),
    unit LowCardinality(String),
    lines Int64,
    quantity Int64 comment 'in unit, returns taken off',
    gross_amount Int64 comment 'minor units, returns taken off',
    net_amount Int64 comment 'minor units, returns taken off'
)
engine = SummingMergeTree((lines, quantity, gross_amount, net_amount))
order by (store_id, hour, sku, currency, unit)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
