-- What is kept of the newest origins, from which the features of the next are made: written after kept_windows and
-- kept_sums, so what a crash left in part is not read.
create table kept_origins
(
    id String comment 'of the building',
    feature_hash LowCardinality(String) comment 'of the definitions that made it',
    origin Date,
    read_at DateTime64(3, 'UTC') comment 'days that were filled later are read again',
    windows UInt64 comment 'rows of kept_windows',
    sums UInt64 comment 'rows of kept_sums',
    kept_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (feature_hash, origin, id)
