-- Holidays and festivals as histories tell them, known for years ahead.
create table calendar_daily
(
    date Date,
    country LowCardinality(String) comment 'ISO 3166, of the public holidays',
    weekday UInt8 comment 'Monday is 1',
    public_holiday LowCardinality(String) comment 'empty when none',
    festival LowCardinality(String) comment 'festival that falls on the day; empty when none',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (country, date, source)
settings non_replicated_deduplication_window = 10000
