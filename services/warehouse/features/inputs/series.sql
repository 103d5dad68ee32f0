select
    days.store_id as store_id,
    days.sku as sku,
    if(product.category = '', 'all', product.category) as category,
    if(product.unit = '', 'each', product.unit) as unit,
    toFloat32(if(unit = 'each', 1, 1000)) as unit_scale,
    -- A SKU without a planned price, where the others have one, is withdrawn.
    if(plan.week > toDate(0) and plan.week < profile_plan.week, plan.week + 6, toDate('2100-01-01')) as listed_to
from
(
    select store_id, sku
    from shelfcast.series_spans
    group by store_id, sku
) as days
left join
(
    select
        sku,
        argMax(dim_product.category, updated_at) as category,
        argMax(dim_product.unit, updated_at) as unit
    from shelfcast.dim_product
    group by sku
) as product on product.sku = days.sku
left join
(
    select store_id, argMax(dim_store.profile, updated_at) as profile
    from shelfcast.dim_store
    group by store_id
) as store on store.store_id = days.store_id
left join
(
    select profile, sku, max(prices_weekly.week) as week
    from shelfcast.prices_weekly
    group by profile, sku
) as plan on plan.profile = store.profile and plan.sku = days.sku
left join
(
    select profile, max(prices_weekly.week) as week
    from shelfcast.prices_weekly
    group by profile
) as profile_plan on profile_plan.profile = store.profile
