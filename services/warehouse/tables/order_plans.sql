-- Plans: one row is a run of plan-orders that ended, written last. The same inputs give the same plan.
create table order_plans
(
    plan LowCardinality(String) comment 'day for which it orders, and the digest of its inputs',
    order_day Date comment 'day at the stores on which the orders are placed',
    origin Date comment 'of the forecasts: last day that was known',
    series UInt64 comment 'store x SKU that were looked at',
    lines UInt64 comment 'of these, that are ordered',
    planned_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(planned_at)
order by (order_day, plan)
