-- A category over all stores: units of a listed series on a day, relative to what the same weekday sold four to eight
-- weeks before. Days ahead of an origin are read by no feature: each says which days it takes.
select
    category,
    day,
    sum(units) / count() as level,
    level / nullIf(avg(level) over (partition by category, toDayOfWeek(day) order by day rows between 8 preceding and 4 preceding), 0)
        as against_weekday,
    avg(level) over (partition by category order by day rows between 10 preceding and 10 following) as around,
    avg(level) over (partition by category order by day rows between 182 preceding and 182 following) as year_around,
    count() over (partition by category order by day rows between 182 preceding and 182 following) as year_days
from series_days
inner join series using (store_id, sku)
group by category, day
