select
    store_id,
    sku,
    day,
    argMax(series_daily.units, filled_at) as units,
    argMax(series_daily.price, filled_at) as price,
    argMax(series_daily.promotion_off, filled_at) as promotion_off,
    argMax(series_daily.stock_out, filled_at) as stock_out
from shelfcast.series_daily
where day <= (select max(origin) from origins)
group by store_id, sku, day
