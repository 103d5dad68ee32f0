-- Stores and products as their sources last published them.
create table dim_store
(
    store_id String,
    name String,
    profile LowCardinality(String),
    region LowCardinality(String),
    time_zone LowCardinality(String) comment 'IANA name',
    currency LowCardinality(String),
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(updated_at)
order by store_id;

create table dim_product
(
    sku String,
    name String,
    department LowCardinality(String),
    category LowCardinality(String),
    brand LowCardinality(String),
    unit LowCardinality(String),
    kind LowCardinality(String) comment 'merchandise, or service: refused as a sale',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(updated_at)
order by sku;
