create materialized view stock_movements_mv to stock_changes as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    toInt64(0) as sold,
    sum(fact_inventory.quantity) as moved,
    toInt64(0) as lines,
    toInt64(count()) as movements
from fact_inventory
where kind != 'count'
group by store_id, sku, hour, unit
