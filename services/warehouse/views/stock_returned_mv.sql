-- sales_added has taken returns off, so they are put back.
create materialized view stock_returned_mv to stock_changes as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    -sum(fact_sales.quantity) as sold,
    toInt64(0) as moved,
    toInt64(0) as lines,
    toInt64(0) as movements
from fact_sales
where kind = 'return'
group by store_id, sku, hour, unit
