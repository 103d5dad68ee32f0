-- Where a category of a store, and the store, stand at the origin. Sums are exact: the order of rows changes no digit.
select
    store_id,
    category,
    origin,
    ifNotFinite(category_7 / category_28, 1) as category_trend_7,
    ifNotFinite(category_28 / category_90, 1) as category_trend_28,
    ifNotFinite(store_7 / store_28, 1) as store_trend_7,
    ifNotFinite(store_28 / store_90, 1) as store_trend_28,
    -- Relative to the mean store.
    ifNotFinite(store_28 / (all_28 / stores), 1) as store_level
from
(
    select
        store_id,
        category,
        origin,
        toFloat64(total_7) as category_7,
        toFloat64(total_28) as category_28,
        toFloat64(total_90) as category_90,
        toFloat64(sum(total_7) over (partition by store_id, origin)) as store_7,
        toFloat64(sum(total_28) over (partition by store_id, origin)) as store_28,
        toFloat64(sum(total_90) over (partition by store_id, origin)) as store_90,
        toFloat64(sum(total_28) over (partition by origin)) as all_28,
        length(groupUniqArray(store_id) over (partition by origin)) as stores
    from
    (
        select
            store_id,
            category,
            origin,
            sum(toDecimal128(mean_7, 9)) as total_7,
            sum(toDecimal128(mean_28, 9)) as total_28,
            sum(toDecimal128(mean_90, 9)) as total_90
        from origin_features
        inner join series using (store_id, sku)
        group by store_id, category, origin
    )
)
