-- Products as their sources last published them. Null: the source does not say.
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
    updated_at DateTime64(3, 'UTC'),
    pack_size String default '' comment 'as printed; empty when unknown',
    cost Nullable(Int32) comment 'minor units, per piece, kilogram or litre',
    price Nullable(Int32) comment 'list price, minor units, per piece, kilogram or litre',
    shelf_life_days Nullable(Int32) comment 'from delivery to the last day of sale',
    storage_volume_ml Nullable(Int32) comment 'millilitres of a piece, a kilogram or a litre',
    supplier_id LowCardinality(String) default '' comment 'empty when unknown',
    pack_multiple Nullable(Int32) comment 'a supplier pack, in unit: orders are multiples of it',
    minimum_order_quantity Nullable(Int32) comment 'in unit: the supplier takes no less of it in an order of a store',
    sold_until Nullable(Date) comment 'last day of sale, where it leaves the range'
)
engine = ReplacingMergeTree(updated_at)
order by sku
