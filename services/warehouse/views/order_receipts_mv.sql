create materialized view order_receipts_mv to order_receipts as
select
    store_id,
    business_date as received_on,
    sku,
    purchase_order_id,
    sum(fact_inventory.quantity) as quantity,
    toInt64(count()) as receipts
from fact_inventory
where kind = 'receipt' and purchase_order_id != ''
group by store_id, received_on, sku, purchase_order_id
