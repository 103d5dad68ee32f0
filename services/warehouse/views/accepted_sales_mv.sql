create materialized view accepted_sales_mv to accepted_totals as
select
    topic,
    countIf(kind != 'return') as lines_accepted,
    countIf(kind = 'return') as lines_reversed,
    countIf(lateness_s > 0) as lines_late
from fact_sales
group by topic
