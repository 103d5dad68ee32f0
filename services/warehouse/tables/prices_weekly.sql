-- List prices as histories and the twin tell them. Forecasts of demand read those of the future through announced_on.
create table prices_weekly
(
    profile LowCardinality(String) comment 'as dim_store.profile: its stores have the same prices',
    sku LowCardinality(String),
    week Date comment 'Monday',
    price Int32 comment 'shelf price before promotion, minor units: per piece, kilogram or litre',
    announced_on Date default week - 42 comment 'day on which the price was decided; known from its evening on',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (profile, sku, week, source)
settings non_replicated_deduplication_window = 10000
