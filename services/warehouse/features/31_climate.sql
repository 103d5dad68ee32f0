-- What is usual at a store on a day of the year: the three weeks around the same day of each year before. None of them
-- is later than 354 days before the day. Sorted before they are added up, so that the order of rows changes no digit.
select
    store_id,
    day + years * 364 as day,
    arrayAvg(arraySort(groupArray(temperature_around))) as temperature_usual,
    arrayAvg(arraySort(groupArray(rain_around))) as rain_usual
from
(
    select
        store_id,
        day,
        arrayJoin([1, 2, 3]) as years,
        avg(temperature_c) over (partition by store_id order by day range between 10 preceding and 10 following) as temperature_around,
        avg(rain_mm) over (partition by store_id order by day range between 10 preceding and 10 following) as rain_around
    from store_weather
)
group by store_id, day
