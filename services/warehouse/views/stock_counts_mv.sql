create materialized view stock_counts_mv to stock_counts as
select
    store_id,
    sku,
    event_time as counted_at,
    unit,
    sum(fact_inventory.quantity) as quantity,
    toInt64(count()) as counts
from fact_inventory
where kind = 'count'
group by store_id, sku, counted_at, unit
