-- Rows of datasets that are not as agreed; of an object at most a thousand, the ledger has their number.
create table dataset_refusals
(
    kind LowCardinality(String),
    source LowCardinality(String),
    name String comment 'in the raw zone',
    etag String,
    line UInt64 comment 'row of the object, from 1',
    reason String,
    text String comment 'its beginning',
    refused_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (kind, source, name, line)
settings non_replicated_deduplication_window = 10000
