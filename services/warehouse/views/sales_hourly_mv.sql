create materialized view sales_hourly_mv to sales_hourly as
select
    store_id,
    sku,
    hour,
    currency,
    unit,
    sum(lines) as lines,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(net_amount) as net_amount
from sales_added
group by store_id, sku, hour, currency, unit
