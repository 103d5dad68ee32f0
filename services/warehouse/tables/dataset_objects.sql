-- The ledger of datasets: a row says that this version of the object is in its table in full, but for what was refused.
create table dataset_objects
(
    kind LowCardinality(String),
    source LowCardinality(String),
    series LowCardinality(String) comment 'empty where the object is a snapshot',
    name String comment 'in the raw zone',
    etag String,
    written_at DateTime64(3, 'UTC'),
    rows UInt64 comment 'that are in the table',
    rows_refused UInt64,
    reason String comment 'why the object was refused as a whole; empty when it was not',
    loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (kind, source, series, name, loaded_at)
settings non_replicated_deduplication_window = 10000
