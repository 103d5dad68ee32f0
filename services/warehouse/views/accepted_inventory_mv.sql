-- A movement of kind return is goods going back to the supplier, not a sale taken back.
create materialized view accepted_inventory_mv to accepted_totals as
select topic, count() as lines_accepted, 0 as lines_reversed, countIf(lateness_s > 0) as lines_late
from fact_inventory
group by topic
