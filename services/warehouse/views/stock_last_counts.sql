-- One row is a SKU that a store has counted.
create view stock_last_counts as
select
    store_id,
    sku,
    argMax(counted.unit, counted.counted_at) as unit,
    argMax(counted.quantity, counted.counted_at) as quantity,
    max(counted.counted_at) as counted_at,
    toStartOfHour(toDateTime(counted_at, 'UTC')) as hour
from
(
    select store_id, sku, counted_at, any(stock_counts.unit) as unit, sum(stock_counts.quantity) as quantity
    from stock_counts
    group by store_id, sku, counted_at
) as counted
group by store_id, sku
