-- Planning needs to know what a supplier takes and when it delivers, what a store holds, and when a product leaves the range.
alter table dim_product
    add column if not exists minimum_order_quantity Nullable(Int32) comment 'in unit: the supplier takes no less of it in an order of a store',
    add column if not exists sold_until Nullable(Date) comment 'last day of sale, where it leaves the range';
alter table dim_store
    add column if not exists storage_volume_ml Nullable(Int64) comment 'millilitres of goods that its shelves and its store room hold';
alter table dim_supplier
    add column if not exists order_until LowCardinality(String) default '' comment 'local time of the store until which an order counts for its day; empty: all day',
    add column if not exists delivery_weekdays Array(UInt8) comment 'days on which it delivers; Monday is 1; empty: all days';
