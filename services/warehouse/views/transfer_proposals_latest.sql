-- What the newest run proposes.
create view transfer_proposals_latest as
select *
from transfer_proposals final
where found_at in
(
    select found_at
    from detection_runs final
    where model = 'slow-mover'
    order by day desc
    limit 1
)
