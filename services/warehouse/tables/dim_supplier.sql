-- Suppliers as their sources last published them.
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
    updated_at DateTime64(3, 'UTC'),
    order_until LowCardinality(String) default '' comment 'local time of the store until which an order counts for its day; empty: all day',
    delivery_weekdays Array(UInt8) comment 'days on which it delivers; Monday is 1; empty: all days'
)
engine = ReplacingMergeTree(updated_at)
order by supplier_id
