-- Which days of which stores series_daily tells whole: written after their rows, so what a crash left in part is told
-- again.
create table series_told
(
    store_id LowCardinality(String),
    day Date,
    source LowCardinality(String) comment 'as in series_daily',
    rows Int64 comment 'of the history, as history_days counts them; 0 for live days',
    told_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(told_at)
order by (store_id, day, source)
