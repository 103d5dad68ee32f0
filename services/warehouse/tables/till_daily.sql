-- Baskets and amounts by till and cashier, for incident_rates.
create table till_daily
(
    store_id LowCardinality(String),
    business_date Date comment 'calendar day at the store',
    till_id Int32,
    cashier_id LowCardinality(String),
    currency LowCardinality(String),
    baskets Int64 comment 'of kind sale',
    returns Int64 comment 'baskets of kind return',
    sold_amount Int64 comment 'minor units after discount, returns not taken off',
    returned_amount Int64 comment 'minor units, above 0'
)
engine = SummingMergeTree((baskets, returns, sold_amount, returned_amount))
order by (store_id, business_date, till_id, cashier_id, currency)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
