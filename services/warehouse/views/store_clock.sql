-- The time of a store, by its own baskets: one row is a store. Live measures need it because "now" is store time, which
-- need not be the wall clock's: a store's measures reach to the last hour that it has finished. Two tills have come as
-- far as `as_of`, so one till whose clock is ahead moves nothing, and two have sold since `since` (of a store with one
-- till, that one).
create view store_clock as
select
    clock.store_id as store_id,
    clock.reached as as_of,
    clock.began as since,
    if(store.zone = '', 'UTC', store.zone) as time_zone,
    store.money as currency,
    toDate(toString(as_of, time_zone)) as today
from
(
    select
        store_id,
        arrayReverseSort(groupArray(last))[if(count() > 1, 2, 1)] as reached,
        arraySort(groupArray(first))[if(count() > 1, 2, 1)] as began
    from
    (
        select store_id, till_id, min(first_hour) as first, max(last_hour) as last
        from till_clock
        group by store_id, till_id
    )
    group by store_id
) as clock
left join
(
    select store_id, argMax(time_zone, updated_at) as zone, argMax(currency, updated_at) as money
    from dim_store
    group by store_id
) as store on store.store_id = clock.store_id
