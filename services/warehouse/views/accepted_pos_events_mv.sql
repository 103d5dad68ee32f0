create materialized view accepted_pos_events_mv to accepted_totals as
select topic, count() as lines_accepted, 0 as lines_reversed, countIf(lateness_s > 0) as lines_late
from fact_pos_events
group by topic
