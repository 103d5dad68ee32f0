-- The weather that was, as histories and the twin tell it.
create table weather_daily
(
    zone_id LowCardinality(String) comment 'as dim_store.weather_zone',
    date Date,
    temperature_c Float64 comment 'mean of the day',
    rain_mm Float64,
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (zone_id, date, source)
settings non_replicated_deduplication_window = 10000
