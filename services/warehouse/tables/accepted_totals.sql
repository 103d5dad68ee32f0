-- Totals of the Pipeline page. Counting lines by kind on the tables themselves reads every row, once a second while
-- somebody watches.
create table accepted_totals
(
    topic LowCardinality(String),
    lines_accepted Int64 comment 'without those of return baskets',
    lines_reversed Int64 comment 'accepted lines of return baskets',
    lines_late Int64 comment 'of both, those that came later than is allowed for'
)
engine = SummingMergeTree((lines_accepted, lines_reversed, lines_late))
order by topic
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
