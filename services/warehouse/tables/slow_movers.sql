-- Lots that are likely to be thrown away in part. Filled by the job find-slow-movers.
create table slow_movers
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    lot String,
    expires_on Date comment 'last day of sale',
    probability Float32 comment 'that some of it is thrown away',
    on_hand Float32 comment 'of the lot: pieces, kilograms or litres',
    expected_sales Float32 comment 'of the lot until it expires, at the price of today',
    markdown_off Float32 comment 'share of the price that is proposed; 0 when none pays',
    saved_amount Int64 comment 'minor units that the markdown is expected to save',
    model_version LowCardinality(String),
    origin Date comment 'last day that was known',
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by (origin, store_id, sku, lot, expires_on, model_version)
