-- What was known, on a day, of the weather to come: forecasts of demand read none of the future but through issued_on.
create table weather_forecasts
(
    zone_id LowCardinality(String) comment 'as dim_store.weather_zone',
    issued_on Date comment 'on its evening: of the ten days after it',
    date Date comment 'that it is about',
    temperature_c Float64 comment 'mean of the day',
    rain_mm Float64 comment 'to be expected',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (zone_id, issued_on, date, source)
settings non_replicated_deduplication_window = 10000
