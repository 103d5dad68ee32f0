-- Where a category of a store, and the store, stand at the origin.
select
    store_id,
    category,
    origin,
    ifNotFinite(sum(mean_7) / sum(mean_28), 1) as category_trend_7,
    ifNotFinite(sum(mean_28) / sum(mean_90), 1) as category_trend_28,
    ifNotFinite(sum(sum(mean_7)) over (partition by store_id, origin) / sum(sum(mean_28)) over (partition by store_id, origin), 1)
        as store_trend_7,
    ifNotFinite(sum(sum(mean_28)) over (partition by store_id, origin) / sum(sum(mean_90)) over (partition by store_id, origin), 1)
        as store_trend_28,
    -- Relative to the mean store.
    ifNotFinite(sum(sum(mean_28)) over (partition by store_id, origin)
        / (sum(sum(mean_28)) over (partition by origin)
            / (length(groupUniqArray(store_id) over (partition by origin)))), 1) as store_level
from origin_features
inner join series using (store_id, sku)
group by store_id, category, origin
