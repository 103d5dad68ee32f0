-- Datasets are objects of the lake that ingest loads: one ledger for all kinds. See services/contracts/datasets/layout.ts.
drop table if exists history_objects;

-- A row says that this version of the object is in its table in full, but for the rows that were refused.
create table if not exists dataset_objects
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
settings non_replicated_deduplication_window = 10000;

-- Rows that are not as agreed; of an object at most a thousand, the ledger has their number.
create table if not exists dataset_refusals
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
settings non_replicated_deduplication_window = 10000;
