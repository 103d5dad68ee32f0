-- Days of the live stream that are over at their store and are not told yet, with the week before them, which is told
-- anew, since tills are late at times.
select
    clock.store_id as store_id,
    clock.time_zone as time_zone,
    toString(greatest(
        told.history_until + 1,
        if(told.until > told.history_until, told.until - 7, toDate(toString(clock.since, clock.time_zone)))
    )) as begins,
    toString(clock.today - 1) as ends,
    toString(told.until) as until
from store_clock as clock
left join
(
    select store_id, max(day) as until, maxIf(day, source != 'live') as history_until
    from series_told
    group by store_id
) as told on told.store_id = clock.store_id
where begins <= ends
order by store_id
