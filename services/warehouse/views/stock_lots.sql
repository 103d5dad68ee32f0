-- Stock by lot: one row is a lot of which something is on hand. Sales and movements that name no lot are taken from the
-- lot that expires first (FEFO), so what is on hand is filled into the lots from the one that expires last. `lot` is
-- empty where no known lot accounts for the stock.
create view stock_lots as
select
    store_id,
    sku,
    unit,
    tupleElement(its, 2) as lot,
    nullIf(nullIf(tupleElement(its, 1), toDate('2149-06-06')), toDate(0)) as expires_on,
    least(tupleElement(its, 3), position - (tupleElement(its, 4) - tupleElement(its, 3))) as on_hand
from
(
    select
        stock.store_id as store_id,
        stock.sku as sku,
        stock.unit as unit,
        stock.on_hand as position,
        arrayConcat(
            known.lots,
            [(toDate(0), '', greatest(position - known_units, 0), greatest(position, known_units))]
        ) as slots,
        arraySum(its -> its.3, known.lots) as known_units
    from stock_by_sku as stock
    left join stock_known_lots as known on known.store_id = stock.store_id and known.sku = stock.sku
)
array join slots as its
where on_hand > 0
