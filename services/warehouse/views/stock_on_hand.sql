-- Stock on hand by the book: one row is a SKU of a store. Without a count it is what came in less what went out since
-- the platform listens, and may be below 0.
create view stock_on_hand as
select
    store_id,
    sku,
    unit,
    on_hand,
    nullIf(counted_at, toDateTime64(0, 3, 'UTC')) as last_count_at
from stock_by_sku
