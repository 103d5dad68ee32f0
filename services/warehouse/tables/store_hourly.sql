-- Baskets and amounts of a store by the hour: the base of revenue, rates and basket size.
create table store_hourly
(
    store_id LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    currency LowCardinality(String),
    baskets Int64 comment 'of kind sale',
    returns Int64 comment 'baskets of kind return',
    lines Int64 comment 'sold',
    pieces Int64 comment 'sold by the piece; a weighed line counts as one',
    sold_amount Int64 comment 'minor units after discount, returns not taken off',
    returned_amount Int64 comment 'minor units, above 0'
)
engine = SummingMergeTree((baskets, returns, lines, pieces, sold_amount, returned_amount))
order by (store_id, hour, currency)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
