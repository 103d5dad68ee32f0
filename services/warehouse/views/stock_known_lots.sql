-- One row is a SKU of a store: its known lots, the one that expires last first, as (expires_on, lot, quantity, quantity
-- of it and all before it). A lot holds its last count, if it was counted, and what moved after it.
create view stock_known_lots as
select
    store_id,
    sku,
    arrayReverseSort(groupArray((known.expires_on, known.lot, known.quantity))) as sorted,
    arrayMap(
        (its, reached) -> (its.1, its.2, its.3, reached),
        sorted,
        arrayCumSum(its -> its.3, sorted)
    ) as lots
from
(
    select
        store_id,
        sku,
        expires_on,
        lot,
        maxIf(event_time, is_count) as counted_at,
        arraySum(
            move -> if(move.1 ? move.2 = counted_at : move.2 > counted_at, move.3, 0),
            groupArray((is_count, event_time, quantity))
        ) as quantity
    from stock_lot_changes
    group by store_id, sku, expires_on, lot
    having quantity > 0
) as known
group by store_id, sku
