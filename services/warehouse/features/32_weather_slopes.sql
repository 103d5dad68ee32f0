-- How much a category over all stores sold beyond its usual, for each degree above the usual and each square root of a
-- millimetre of rain, in the three years up to the origin. Sorted before they are added up, as in climate.
select
    category,
    origin,
    arraySort(groupArray((day, lift, warmer, wetter))) as days,
    arrayMap(each -> each.2, days) as lifts,
    if(length(days) < 90, 0, ifNotFinite(arrayReduce('simpleLinearRegression', arrayMap(each -> each.3, days), lifts).1, 0)) as temperature_slope,
    if(length(days) < 90, 0, ifNotFinite(arrayReduce('simpleLinearRegression', arrayMap(each -> each.4, days), lifts).1, 0)) as rain_slope
from
(
    select category, day, log(least(greatest(against_weekday, 0.2), 5)) as lift
    from category_days
    where against_weekday is not null
) as sold
inner join
(
    select
        day,
        arrayAvg(arraySort(groupArray(temperature_c - temperature_usual))) as warmer,
        arrayAvg(arraySort(groupArray(sqrt(rain_mm) - sqrt(rain_usual)))) as wetter
    from store_weather
    inner join climate using (store_id, day)
    group by day
) as weather using (day)
cross join origins
where day <= origin and day > origin - 1092
group by category, origin
