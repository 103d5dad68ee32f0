-- The days of each series in the year up to each origin, the newest first. What was kept of an origin before says the
-- same of the days up to kept.until, which are taken over; later ones are read. NaN is no price.
with
    (select groupArray(origin) from origins) as all_origins,
    (select max(until) from kept) as kept_until
select
    store_id,
    sku,
    origin,
    arrayConcat(anyIf(part.days, is_read), anyIf(part.days, not is_read)) as days,
    arrayConcat(anyIf(part.units, is_read), anyIf(part.units, not is_read)) as units,
    arrayConcat(anyIf(part.price, is_read), anyIf(part.price, not is_read)) as price,
    arrayConcat(anyIf(part.promotion_off, is_read), anyIf(part.promotion_off, not is_read)) as promotion_off,
    arrayConcat(anyIf(part.stock_out, is_read), anyIf(part.stock_out, not is_read)) as stock_out
from
(
    select
        store_id,
        sku,
        origin,
        groupArray(day) as read_days,
        arrayReverseSort(read_days) as days,
        arrayReverseSort((_, at) -> at, groupArray(series_days.units), read_days) as units,
        arrayReverseSort((_, at) -> at, groupArray(ifNull(series_days.price, nan)), read_days) as price,
        arrayReverseSort((_, at) -> at, groupArray(series_days.promotion_off), read_days) as promotion_off,
        arrayReverseSort((_, at) -> at, groupArray(series_days.stock_out), read_days) as stock_out,
        true as is_read
    from series_days
    array join arrayFilter(o -> o >= day and o < day + 364, all_origins) as origin
    where day > kept_until and day > (select min(origin) from origins) - 364
    group by store_id, sku, origin
    union all
    select
        store_id,
        sku,
        next_origin as origin,
        [] as read_days,
        arraySlice(kept_days, first, taken) as days,
        arraySlice(kept_units, first, taken) as units,
        arraySlice(kept_price, first, taken) as price,
        arraySlice(kept_promotion_off, first, taken) as promotion_off,
        arraySlice(kept_stock_out, first, taken) as stock_out,
        false as is_read
    from
    (
        select
            store_id,
            sku,
            kept_windows.days as kept_days,
            kept_windows.units as kept_units,
            kept_windows.price as kept_price,
            kept_windows.promotion_off as kept_promotion_off,
            kept_windows.stock_out as kept_stock_out,
            origins.origin as next_origin,
            greatest(1, arrayFirstIndex(at -> at <= kept_until, kept_days)) as first,
            arrayCount(at -> at <= kept_until and at > next_origin - 364, kept_days) as taken
        from kept_windows
        cross join origins
        where store_id in (select store_id from slice)
    )
    where taken > 0
) as part
group by store_id, sku, origin
order by store_id, sku, origin
