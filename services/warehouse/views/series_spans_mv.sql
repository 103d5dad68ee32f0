create materialized view series_spans_mv to series_spans as
select
    store_id,
    sku,
    min(day) as begins,
    max(day) as until,
    maxIf(day, units > 0) as sold_last
from series_daily
group by store_id, sku
