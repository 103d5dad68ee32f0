create materialized view till_incidents_mv to till_incidents as
select
    store_id,
    business_date,
    till_id,
    cashier_id,
    countIf(kind = 'price_override') as price_overrides,
    countIf(kind = 'void') as voids,
    countIf(kind = 'refund') as refunds
from fact_pos_events
where kind in ('price_override', 'void', 'refund')
group by store_id, business_date, till_id, cashier_id
