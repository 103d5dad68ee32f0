-- A weekday relative to the mean of the week, of a category of a store and of the store; and what their next such day
-- would sell by the exponentially weighted means of their series: the direct forecast of the totals. Sums are exact: the
-- order of rows changes no digit.
select
    store_id,
    category,
    origin,
    phase,
    ifNotFinite(toFloat64(units_112) / (toFloat64(sum(units_112) over (partition by store_id, category, origin)) / 7), 1)
        as category_weekday,
    ifNotFinite(toFloat64(sum(units_56) over (partition by store_id, origin, phase))
        / (toFloat64(sum(units_56) over (partition by store_id, origin)) / 7), 1) as store_weekday,
    toFloat64(weighted) as total_category,
    toFloat64(sum(weighted) over (partition by store_id, origin, phase)) as total_store
from
(
    select
        store_id,
        category,
        origin,
        phase,
        sum(toDecimal128(weekday_56, 9)) as units_56,
        sum(toDecimal128(weekday_112, 9)) as units_112,
        sum(toDecimal128(weekday_weighted_4, 9)) as weighted
    from weekday_features
    inner join series using (store_id, sku)
    group by store_id, category, origin, phase
)
