-- Plans: one row is a run of plan-orders that ended, written last.
create table order_plans
(
    plan LowCardinality(String) comment 'day for which it orders, and the number of its run',
    order_day Date comment 'day at the stores on which the orders are placed; the earliest of them',
    digest String comment 'SHA-256 of its inputs: the same inputs give the same orders',
    origin Date comment 'of the forecasts: last day that was known',
    series UInt64 comment 'store x SKU that were looked at',
    lines UInt64 comment 'of these, that are ordered',
    orders UInt64 comment 'drafts by store and supplier',
    amount Int64 comment 'minor units at cost',
    planned_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(planned_at)
order by (order_day, plan)
