-- A weekday relative to the mean of the week, of a category of a store and of the store; and what their next such day
-- would sell by the exponentially weighted means of their series: the direct forecast of the totals.
select
    store_id,
    category,
    origin,
    phase,
    ifNotFinite(sum(weekday_112) / (sum(sum(weekday_112)) over (partition by store_id, category, origin) / 7), 1)
        as category_weekday,
    ifNotFinite(sum(sum(weekday_56)) over (partition by store_id, origin, phase)
        / (sum(sum(weekday_56)) over (partition by store_id, origin) / 7), 1) as store_weekday,
    sum(weekday_weighted_4) as total_category,
    sum(sum(weekday_weighted_4)) over (partition by store_id, origin, phase) as total_store
from weekday_features
inner join series using (store_id, sku)
where (store_id, sku, origin) in (select store_id, sku, origin from origin_features)
group by store_id, category, origin, phase
