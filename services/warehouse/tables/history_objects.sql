-- The ledger of histories: a row says that the object is in its table in full.
create table history_objects
(
    key String,
    dataset LowCardinality(String),
    table LowCardinality(String),
    rows Int64,
    bytes Int64,
    loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (dataset, key)
settings non_replicated_deduplication_window = 10000
