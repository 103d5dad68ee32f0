-- What the newest run found.
create view slow_movers_latest as
select *
from slow_movers final
where (origin, found_at) in
(
    select day, found_at
    from detection_runs final
    where model = 'slow-mover'
    order by day desc
    limit 1
)
