-- Sales by store, SKU and day, over history and live stream. Days of a store that the history tells are taken from it
-- alone, so no day counts twice. Live days have no row for what did not sell, and nobody has said of them whether a
-- shelf was empty. Days that the twin's director jumped over are in a dataset beside the history's.
create view sales_daily as
with
    (select argMax(dataset, chosen_at) from history_datasets) as history,
    concat(history, '/jumps') as jumps
select
    store_id,
    sku,
    business_date,
    toInt64(units) as units,
    toInt64(returned) as returned,
    unit,
    revenue,
    currency,
    promotion_id,
    toNullable(stock_out) as stock_out,
    'history' as origin
from sales_history
where dataset in (history, jumps)
union all
select
    store_id,
    sku,
    business_date,
    sumIf(quantity, kind = 'sale') as units,
    -sumIf(quantity, kind = 'return') as returned,
    unit,
    sumIf(net_amount, kind = 'sale') as revenue,
    currency,
    max(promotion_id) as promotion_id,
    null as stock_out,
    'live' as origin
from fact_sales
where (store_id, business_date) not in
(
    select store_id, business_date
    from history_days
    where dataset in (history, jumps)
)
group by store_id, sku, business_date, unit, currency
