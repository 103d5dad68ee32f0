create materialized view stock_sales_mv to stock_changes as
select
    store_id,
    sku,
    hour,
    unit,
    sum(sales_added.quantity) as sold,
    toInt64(0) as moved,
    sum(sales_added.lines) as lines,
    toInt64(0) as movements
from sales_added
group by store_id, sku, hour, unit
