-- Stock with its lots: one row is a SKU of a store. Sales and movements that name no lot are taken from the lot that
-- expires first (FEFO), so what is on hand is filled into the lots from the one that expires last: `lots` are
-- (expires_on, lot, on_hand), the last to expire first; 2149-06-06 when the day is unknown. What they do not hold, no known
-- lot accounts for.
create view stock_positions as
select
    stock.store_id as store_id,
    stock.sku as sku,
    stock.unit as unit,
    stock.on_hand as on_hand,
    nullIf(stock.counted_at, toDateTime64(0, 3, 'UTC')) as last_count_at,
    arrayFilter(
        its -> its.3 > 0,
        arrayMap(its -> (its.1, its.2, least(its.3, stock.on_hand - (its.4 - its.3))), known.lots)
    ) as lots
from stock_by_sku as stock
left join stock_known_lots as known on known.store_id = stock.store_id and known.sku = stock.sku
