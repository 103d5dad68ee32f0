-- What the newest run over each day found.
create view anomalies_latest as
select *
from detected_anomalies final
where (day, found_at) in
(
    select day, max(detection_runs.found_at)
    from detection_runs
    where model = 'anomaly'
    group by day
)
