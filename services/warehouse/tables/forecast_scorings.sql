-- Which origins are forecast as a whole, from which features, and after which turn of the registry.
create table forecast_scorings
(
    origin Date,
    feature_hash LowCardinality(String),
    built_at DateTime64(3, 'UTC') comment 'of the features',
    turn UInt64 comment 'newest event of the registry that says who serves and who is on trial',
    model_version LowCardinality(String) comment 'or baseline:NAME',
    rows UInt64,
    scored_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(scored_at)
order by (origin, feature_hash, built_at, turn)
