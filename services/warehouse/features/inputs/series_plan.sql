select
    store.store_id as store_id,
    prices.sku as sku,
    prices.week + arrayJoin(range(7)) as day,
    toFloat32(prices.price) as price,
    toFloat32(planned.off) as promotion_off,
    planned.kind as promotion_kind,
    prices.announced_on as announced_on,
    planned.announced_on as promotion_announced_on
from
(
    select
        profile,
        sku,
        week,
        argMax(prices_weekly.price, updated_at) as price,
        argMax(prices_weekly.announced_on, updated_at) as announced_on
    from shelfcast.prices_weekly
    where week between (select min(origin) from origins) - 28 and (select max(origin) from origins) + 35
    group by profile, sku, week
) as prices
inner join
(
    select store_id, argMax(dim_store.profile, updated_at) as profile
    from shelfcast.dim_store
    where store_id in (select store_id from slice)
    group by store_id
) as store on store.profile = prices.profile
left join
(
    select
        profile,
        sku,
        week,
        argMax(promotions_planned.off, updated_at) as off,
        argMax(promotions_planned.kind, updated_at) as kind,
        argMax(promotions_planned.announced_on, updated_at) as announced_on
    from shelfcast.promotions_planned
    where week between (select min(origin) from origins) - 28 and (select max(origin) from origins) + 35
    group by profile, sku, week
) as planned on planned.profile = prices.profile and planned.sku = prices.sku and planned.week = prices.week
where (store.store_id, prices.sku) in (select store_id, sku from series)
