create materialized view refused_totals_mv to refused_totals as
select topic, reason, sum(line_count) as lines
from dead_letters
group by topic, reason
