-- What the days around an event of the same name did to a category in the years before, by days before the event;
-- below 0 after it. Only days up to the origin count.
select
    category,
    origin,
    event,
    offset,
    exp(avg(log(least(greatest(against_weekday, 0.1), 10)))) as event_lift
from
(
    select category, day, against_weekday, event, toInt32(event_day - day) as offset
    from category_days
    cross join
    (
        select distinct event, day as event_day
        from store_days
        where event != ''
    ) as events
    where against_weekday is not null and event_day - day between -3 and 21
) as around
cross join origins
where day <= origin and day > origin - 1460
group by category, origin, event, offset
