-- The next event from each day of a store on, up to three weeks ahead, and the last one, up to two weeks ago. Which
-- days have an event is known years before.
select
    store_id,
    day,
    any(holiday) as holiday,
    any(flag) as flag,
    countIf(distance between 0 and 21) > 0 as has_next,
    minIf(distance, distance between 0 and 21) as days_to_event,
    argMinIf(event, distance, distance between 0 and 21) as next_event,
    countIf(distance between -14 and -1) > 0 as has_last,
    -maxIf(distance, distance between -14 and -1) as days_since_event,
    argMaxIf(event, distance, distance between -14 and -1) as last_event,
    anyIf(event_kind, distance = 0) as event_kind
from
(
    select
        days.store_id as store_id,
        days.day as day,
        days.holiday as holiday,
        days.flag as flag,
        events.event as event,
        events.event_kind as event_kind,
        -- Far away where the store has no event at all.
        if(events.event = '', 1000, toInt32(events.day - days.day)) as distance
    from store_days as days
    left join
    (
        select store_id, day, event, event_kind
        from store_days
        where event != ''
    ) as events on events.store_id = days.store_id
    -- Of the days that are looked ahead to.
    where days.day > (select min(origin) from origins) and days.day <= (select max(origin) from origins) + 28
)
group by store_id, day
