-- The pulse of the Live page: what arrived, by the producers' clock. This table and baskets_pulse, because one by store
-- and SKU is as long as the sales themselves. Two days are enough for a page that shows the last hour.
create table sales_pulse
(
    bucket DateTime('UTC') comment 'start of a minute',
    sku LowCardinality(String),
    currency LowCardinality(String),
    lines Int64,
    pieces Int64 comment 'units of goods sold by the piece; a weighed line counts as one',
    net_amount Int64 comment 'minor units, returns taken off'
)
engine = SummingMergeTree((lines, pieces, net_amount))
order by (bucket, sku, currency)
ttl bucket + interval 2 day
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
