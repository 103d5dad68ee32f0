-- Series are partitioned by month, which a table cannot become. Their days are put aside before the table is made anew.
create table if not exists series_daily_aside
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    day Date,
    units Float32,
    price Nullable(Float32),
    promotion_off Float32,
    promotion_kind LowCardinality(String),
    stock_out UInt8,
    source LowCardinality(String),
    filled_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(filled_at)
order by (store_id, sku, day);

insert into series_daily_aside
select *
from series_daily
settings insert_deduplication_token = '0003_series_daily_copied';
