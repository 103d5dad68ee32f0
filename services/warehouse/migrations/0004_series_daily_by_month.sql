-- The last days of all series are read without those before them: a new day costs a day.
drop table if exists series_daily sync;

create table if not exists series_daily
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
order by (store_id, sku, day);

insert into series_daily
select *
from series_daily_aside
settings insert_deduplication_token = '0004_series_daily', max_partitions_per_insert_block = 0;

insert into series_spans
select
    store_id,
    sku,
    min(day),
    max(day),
    maxIf(day, units > 0)
from series_daily_aside
group by store_id, sku
settings insert_deduplication_token = '0004_series_spans';

insert into series_told (store_id, day, source, rows)
select
    store_id,
    day,
    source,
    if(source = 'live', 0, uniqExact(sku))
from series_daily_aside
group by store_id, day, source
settings insert_deduplication_token = '0004_series_told';
