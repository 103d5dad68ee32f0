-- What planning and forecasts need to know of stores, products and suppliers. Null: the source does not say.
alter table dim_store
    add column if not exists country LowCardinality(String) default '' comment 'ISO 3166; empty when unknown',
    add column if not exists weather_zone LowCardinality(String) default '' comment 'as in weather_daily; empty when unknown',
    add column if not exists latitude Nullable(Float64),
    add column if not exists longitude Nullable(Float64),
    add column if not exists opens_at Nullable(UInt8) comment 'local hour',
    add column if not exists closes_at Nullable(UInt8) comment 'local hour',
    add column if not exists size Nullable(Float64) comment 'sales relative to a usual store, which is 1';

alter table dim_product
    add column if not exists pack_size String default '' comment 'as printed; empty when unknown',
    add column if not exists cost Nullable(Int32) comment 'minor units, per piece, kilogram or litre',
    add column if not exists price Nullable(Int32) comment 'list price, minor units, per piece, kilogram or litre',
    add column if not exists shelf_life_days Nullable(Int32) comment 'from delivery to the last day of sale',
    add column if not exists storage_volume_ml Nullable(Int32) comment 'millilitres of a piece, a kilogram or a litre',
    add column if not exists supplier_id LowCardinality(String) default '' comment 'empty when unknown',
    add column if not exists pack_multiple Nullable(Int32) comment 'a supplier pack, in unit: orders are multiples of it';

create table dim_supplier
(
    supplier_id String,
    name String,
    lead_time_days_mean Float64 comment 'from order to delivery',
    lead_time_days_sd Float64,
    order_weekdays Array(UInt8) comment 'days on which orders are taken; Monday is 1',
    minimum_order Int64 comment 'minor units at cost, for one order of one store',
    reliability Float64 comment 'share of order lines that come in full',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(updated_at)
order by supplier_id;
