-- Stock by lot: one row is a lot of which something is on hand. `lot` is empty where no known lot accounts for the stock.
create view stock_lots as
select
    store_id,
    sku,
    unit,
    tupleElement(its, 2) as lot,
    nullIf(nullIf(tupleElement(its, 1), toDate('2149-06-06')), toDate(0)) as expires_on,
    tupleElement(its, 3) as on_hand
from
(
    select
        store_id,
        sku,
        unit,
        stock_positions.on_hand - arraySum(its -> its.3, lots) as unknown,
        arrayConcat(lots, if(unknown > 0, [(toDate(0), '', unknown)], [])) as slots
    from stock_positions
)
array join slots as its
