-- Which origins the feature tables hold. A table is named after the content hash of the definitions.
create table feature_builds
(
    feature_hash LowCardinality(String),
    origin Date,
    rows UInt64,
    object String comment 'in the features bucket',
    built_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(built_at)
order by (feature_hash, origin)
