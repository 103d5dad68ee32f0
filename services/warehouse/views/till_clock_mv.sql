create materialized view till_clock_mv to till_clock as
select store_id, till_id, min(hour) as first_hour, max(hour) as last_hour
from tills_added
group by store_id, till_id
