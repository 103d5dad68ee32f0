create materialized view stock_lot_changes_mv to stock_lot_changes as
select
    store_id,
    sku,
    ifNull(fact_inventory.expires_on, toDate('2149-06-06')) as expires_on,
    lot,
    unit,
    kind = 'count' as is_count,
    event_time,
    sum(fact_inventory.quantity) as quantity,
    toInt64(count()) as movements
from fact_inventory
where lot != ''
group by store_id, sku, expires_on, lot, unit, is_count, event_time
