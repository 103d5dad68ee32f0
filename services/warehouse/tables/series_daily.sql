-- Series as forecasts see them: one row for each day of a series, from its first sale to the last day that its store has
-- finished, days without a sale too. Filled by the job build-features; the last days are filled again, since sales come
-- late. By month, so that the last days are read without those before them; filled_at tells which days were told again.
create table series_daily
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    day Date comment 'calendar day at the store',
    units Float32 comment 'sold: pieces, kilograms or litres; what came back is not taken off',
    price Nullable(Float32) comment 'shelf price before promotion, minor units for one of them',
    promotion_off Float32 comment 'share of the price',
    promotion_kind LowCardinality(String) comment 'empty when none',
    stock_out UInt8 comment 'the shelf was empty, all day or when somebody reached for it: units is less than demand',
    source LowCardinality(String) comment 'dataset of a history, or live',
    filled_at DateTime64(3, 'UTC') default now64(3),
    index filled_at filled_at type minmax granularity 1
)
engine = ReplacingMergeTree(filled_at)
partition by toYYYYMM(day)
order by (store_id, sku, day)
