-- The pulse of the Live page by store; sales_pulse says why there are two.
create table baskets_pulse
(
    bucket DateTime('UTC') comment 'start of ten seconds',
    store_id LowCardinality(String),
    currency LowCardinality(String),
    baskets Int64,
    pieces Int64 comment 'units of goods sold by the piece; a weighed line counts as one',
    net_amount Int64 comment 'minor units, returns taken off'
)
engine = SummingMergeTree((baskets, pieces, net_amount))
order by (bucket, store_id, currency)
ttl bucket + interval 2 day
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
