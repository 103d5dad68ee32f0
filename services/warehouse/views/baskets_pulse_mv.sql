create materialized view baskets_pulse_mv to baskets_pulse as
select
    bucket,
    store_id,
    currency,
    sum(baskets) as baskets,
    sum(pieces) as pieces,
    sum(net_amount) as net_amount
from sales_added
group by bucket, store_id, currency
