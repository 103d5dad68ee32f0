-- What the days around an event of the same name did to a category in the years before, by days before the event;
-- below 0 after it. Only days up to the origin count. Sorted before they are added up, as in climate.
select
    category,
    origin,
    event,
    offset,
    exp(arrayAvg(arraySort(groupArray(log(least(greatest(against_weekday, 0.1), 10)))))) as event_lift
from category_days
inner join
(
    select event, offset, event_day - offset as day
    from
    (
        select distinct event, day as event_day, toInt32(arrayJoin(range(-3, 22))) as offset
        from store_days
        where event != ''
    )
) as around using (day)
cross join origins
where against_weekday is not null and day <= origin and day > origin - 1460
group by category, origin, event, offset
