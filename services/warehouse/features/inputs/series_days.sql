select
    store_id,
    sku,
    day,
    units,
    price,
    promotion_off,
    stock_out
from shelfcast.series_daily final
where store_id in (select store_id from slice) and day <= (select max(origin) from origins)
