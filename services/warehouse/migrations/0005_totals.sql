-- Totals of the Pipeline page. Counting lines by kind or by reason on the tables themselves reads every row, once a
-- second while somebody watches.

create table accepted_totals
(
    topic LowCardinality(String),
    lines_accepted Int64 comment 'without those of return baskets',
    lines_reversed Int64 comment 'accepted lines of return baskets'
)
engine = SummingMergeTree((lines_accepted, lines_reversed))
order by topic
settings non_replicated_deduplication_window = 10000;

create materialized view accepted_sales_mv to accepted_totals as
select topic, countIf(kind != 'return') as lines_accepted, countIf(kind = 'return') as lines_reversed
from fact_sales
group by topic;

-- A movement of kind return is goods going back to the supplier, not a sale taken back.
create materialized view accepted_inventory_mv to accepted_totals as
select topic, count() as lines_accepted, 0 as lines_reversed
from fact_inventory
group by topic;

create materialized view accepted_pos_events_mv to accepted_totals as
select topic, count() as lines_accepted, 0 as lines_reversed
from fact_pos_events
group by topic;

create table refused_totals
(
    topic LowCardinality(String),
    reason LowCardinality(String) comment 'RefusalCode of services/contracts/refusals.ts',
    lines Int64 comment 'lines that the dead letters stand for'
)
engine = SummingMergeTree(lines)
order by (topic, reason)
settings non_replicated_deduplication_window = 10000;

create materialized view refused_totals_mv to refused_totals as
select topic, reason, sum(line_count) as lines
from dead_letters
group by topic, reason;
