create materialized view store_hourly_mv to store_hourly as
select
    store_id,
    hour,
    currency,
    sum(tills_added.baskets) as baskets,
    sum(tills_added.returns) as returns,
    sum(tills_added.lines) as lines,
    sum(tills_added.pieces) as pieces,
    sum(tills_added.sold_amount) as sold_amount,
    sum(tills_added.returned_amount) as returned_amount
from tills_added
group by store_id, hour, currency
