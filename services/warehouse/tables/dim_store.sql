-- Stores as their sources last published them. Null: the source does not say.
create table dim_store
(
    store_id String,
    name String,
    profile LowCardinality(String),
    region LowCardinality(String),
    time_zone LowCardinality(String) comment 'IANA name',
    currency LowCardinality(String),
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC'),
    country LowCardinality(String) default '' comment 'ISO 3166; empty when unknown',
    weather_zone LowCardinality(String) default '' comment 'as in weather_daily; empty when unknown',
    latitude Nullable(Float64),
    longitude Nullable(Float64),
    opens_at Nullable(UInt8) comment 'local hour',
    closes_at Nullable(UInt8) comment 'local hour',
    size Nullable(Float64) comment 'sales relative to a usual store, which is 1',
    storage_volume_ml Nullable(Int64) comment 'millilitres of goods that its shelves and its store room hold'
)
engine = ReplacingMergeTree(updated_at)
order by store_id
