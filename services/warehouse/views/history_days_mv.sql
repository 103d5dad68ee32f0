create materialized view history_days_mv to history_days as
select dataset, store_id, business_date, toInt64(count()) as skus
from sales_history
group by dataset, store_id, business_date
