-- What was known, on a day, of the promotions to come: forecasts of demand read none of the future but through
-- announced_on.
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
settings non_replicated_deduplication_window = 10000
