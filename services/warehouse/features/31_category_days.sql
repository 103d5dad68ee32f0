-- A category over all stores: units of a listed series on a day, relative to what the same weekday sold four to eight
-- weeks before; null where none of these is known. Days ahead of an origin are read by no feature: each says which days
-- it takes. Windows count days, not rows, so that a gap does not let them reach further.
select
    category,
    day,
    toFloat64(units) / listed as level,
    level
        / nullIf(avgOrNull(level) over (partition by category, toDayOfWeek(day) order by day range between 56 preceding and 28 preceding), 0)
        as against_weekday,
    avg(level) over (partition by category order by day range between 10 preceding and 10 following) as around,
    avg(level) over (partition by category order by day range between 182 preceding and 182 following) as year_around,
    count() over (partition by category order by day range between 182 preceding and 182 following) as year_days
from category_sums
