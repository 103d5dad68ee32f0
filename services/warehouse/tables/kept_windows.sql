-- The last year of each series up to an origin, the newest day first: features/05_series_windows.sql. A building is a
-- partition, and never changes.
create table kept_windows
(
    id String comment 'as in kept_origins',
    store_id LowCardinality(String),
    sku LowCardinality(String),
    category LowCardinality(String) comment 'that its days were added to',
    days Array(Date),
    units Array(Float32),
    price Array(Float32) comment 'NaN: none',
    promotion_off Array(Float32),
    stock_out Array(UInt8)
)
engine = MergeTree
partition by id
order by (store_id, sku)
