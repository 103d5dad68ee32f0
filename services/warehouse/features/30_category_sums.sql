-- Units of a category over all stores by day, and of how many series, as far back as any feature looks: what was kept of
-- an origin before, and the days that are read.
select
    category,
    day,
    sum(parts.units) as units,
    sum(parts.listed) as listed
from
(
    select category, day, units, listed
    from category_parts
    union all
    select category, day, units, listed
    from kept_sums
    where day <= (select max(until) from kept) and day > (select min(origin) from origins) - 1516
) as parts
group by category, day
order by category, day
