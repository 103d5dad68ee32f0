-- Each finished hour of a store's last seven days beside the same weekday and local hour of the eight weeks before: as
-- arrays, from which revenue_by_hour_compared and rate_anomalies are made. An hour without sales counts 0 once the
-- store has begun to sell; an hour that the change to summer time leaves out is no observation, and the one that comes
-- twice is two. Hours begin with those of UTC, also where a zone is half an hour off.
create view store_hours_compared as
with
    (select groupArray((store_id, as_of, since, time_zone)) from store_clock) as all_clocks,
    clocks as
    (
        select
            arrayJoin(all_clocks) as clock,
            clock.1 as store_id,
            clock.2 as as_of,
            clock.3 as since,
            clock.4 as time_zone
    ),
    hourly as
    (
        -- Nine weeks and the hour by which the change of the clocks may shift them, dense, the newest first.
        select
            store_id,
            currency,
            any(clocks.as_of) as as_of,
            any(clocks.since) as since,
            any(clocks.time_zone) as time_zone,
            groupArrayInsertAt(0, 1514)(sold, hours_ago) as sold_amounts,
            groupArrayInsertAt(0, 1514)(returned, hours_ago) as returned_amounts,
            groupArrayInsertAt(0, 1514)(sales, hours_ago) as basket_counts
        from
        (
            select
                store_hourly.store_id as store_id,
                store_hourly.currency as currency,
                toUInt32(dateDiff('hour', hour, as_of) - 1) as hours_ago,
                sum(sold_amount) as sold,
                sum(returned_amount) as returned,
                sum(baskets) as sales
            from store_hourly
            inner join clocks on clocks.store_id = store_hourly.store_id
            where (store_id, toDate(hour)) in
                (
                    select store_id, arrayJoin(arrayMap(days -> toDate(as_of) - days, range(65)))
                    from clocks
                )
                and hour >= as_of - 3600 * 1514
                and hour < as_of
            group by store_id, currency, hours_ago
        ) as hours
        inner join clocks on clocks.store_id = hours.store_id
        group by store_id, currency
    )
select
    store_id,
    currency,
    current.1 as hour,
    current.2 as local_hour,
    current.3 as revenue,
    current.4 as baskets,
    arrayFilter(x -> x.2 < local_hour and x.2 >= local_hour - 8 * 604800, hours) as before,
    before.3 as previous_revenue,
    before.4 as previous_baskets,
    as_of
from
(
    select
        store_id,
        currency,
        any(as_of) as as_of,
        groupArray((hour, local_hour, revenue, baskets)) as hours
    from
    (
        select
            store_id,
            currency,
            as_of,
            as_of - 3600 * (hours_ago + 1) as hour,
            toDateTime(toString(hour, time_zone), 'UTC') as local_hour,
            sold - returned as revenue,
            baskets
        from hourly
        array join
            sold_amounts as sold,
            returned_amounts as returned,
            basket_counts as baskets,
            range(1514) as hours_ago
        where hour >= since
    )
    group by store_id, currency, toDayOfWeek(local_hour), toHour(local_hour)
    -- Hours at which the store is closed.
    having max(baskets) > 0 or min(revenue) != 0 or max(revenue) != 0
)
array join arrayFilter(x -> x.1 >= as_of - 604800, hours) as current
