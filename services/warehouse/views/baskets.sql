-- One row is a basket; a line that was corrected and sent again is in it. Made of fact rows, in their order: ask for a
-- store and a range of event_time.
create view baskets as
select
    store_id,
    event_time,
    basket_id,
    any(fact_sales.kind) as kind,
    any(fact_sales.till_id) as till_id,
    any(fact_sales.cashier_id) as cashier_id,
    any(fact_sales.currency) as currency,
    count() as lines,
    sum(if(unit = 'each', quantity, sign(quantity))) as pieces,
    sum(fact_sales.net_amount) as net_amount
from fact_sales
group by store_id, event_time, basket_id
