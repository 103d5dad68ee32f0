-- What is on order: one row is a line of an order. A line is closed by its receipt, also by one that comes short, or
-- when its source tells all open lines of the store (`opening`) without it. Of what has not come after 90 days nobody
-- knows.
create view stock_on_order as
with days as
(
    select store_id, arrayJoin(arrayMap(days -> toDate(as_of) + 2 - days, range(93))) as day
    from store_clock
)
select
    lines.store_id as store_id,
    lines.sku as sku,
    lines.purchase_order_id as purchase_order_id,
    lines.supplier_id as supplier_id,
    lines.quantity as quantity,
    lines.unit as unit,
    lines.ordered_at as ordered_at,
    lines.expected_on as expected_on,
    lines.source as source
from
(
    -- Reads the days of each store and no others, by the table's order.
    select *
    from fact_purchase_orders final
    where (store_id, ordered_on) in (select store_id, day from days)
) as lines
left anti join
(
    select store_id, sku, purchase_order_id
    from order_receipts
    where (store_id, received_on) in (select store_id, day from days)
) as receipts
    on receipts.store_id = lines.store_id
    and receipts.sku = lines.sku
    and receipts.purchase_order_id = lines.purchase_order_id
left join
(
    select store_id, max(told_at) as opened_at
    from fact_purchase_orders
    where opening and (store_id, ordered_on) in (select store_id, day from days)
    group by store_id
) as openings on openings.store_id = lines.store_id
where lines.told_at >= ifNull(openings.opened_at, toDateTime64(0, 3, 'UTC'))
