-- What was known, on a day, of the days to come: forecasts of demand read no promotion, price or weather of the future
-- but through these dates. The calendar is known for years, so calendar_daily needs none.

create table promotions_planned
(
    profile LowCardinality(String) comment 'as dim_store.profile: it runs at its stores',
    sku LowCardinality(String),
    week Date comment 'Monday; it runs to the Sunday',
    promotion_id LowCardinality(String),
    kind LowCardinality(String),
    off Float64 comment 'share of the price, 0 to 1; of a multibuy, off each full group',
    announced_on Date comment 'known from the evening of this day on',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (profile, sku, week, promotion_id, source)
settings non_replicated_deduplication_window = 10000;

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
settings non_replicated_deduplication_window = 10000;

alter table prices_weekly
    add column if not exists announced_on Date default week - 42 comment 'day on which the price was decided; known from its evening on' after price;
