create materialized view till_daily_mv to till_daily as
select
    store_id,
    business_date,
    till_id,
    cashier_id,
    currency,
    sum(tills_added.baskets) as baskets,
    sum(tills_added.returns) as returns,
    sum(tills_added.sold_amount) as sold_amount,
    sum(tills_added.returned_amount) as returned_amount
from tills_added
group by store_id, business_date, till_id, cashier_id, currency
