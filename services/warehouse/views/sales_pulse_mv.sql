create materialized view sales_pulse_mv to sales_pulse as
select
    toStartOfMinute(sales_added.bucket) as bucket,
    sku,
    currency,
    sum(lines) as lines,
    sum(pieces) as pieces,
    sum(net_amount) as net_amount
from sales_added
group by bucket, sku, currency
