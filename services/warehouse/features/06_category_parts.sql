-- What the series of a category sold on the days that are read: exact sums, which come out the same in any order.
select
    category,
    day,
    sum(toDecimal128(series_days.units, 9)) as units,
    count() as listed
from series_days
inner join series using (store_id, sku)
where day > (select max(until) from kept) and day > (select min(origin) from origins) - 1516
group by category, day
