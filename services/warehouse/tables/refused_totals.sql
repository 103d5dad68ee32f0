-- Totals of the Pipeline page, as accepted_totals: lines by reason.
create table refused_totals
(
    topic LowCardinality(String),
    reason LowCardinality(String) comment 'RefusalCode of services/contracts/refusals.ts',
    lines Int64 comment 'lines that the dead letters stand for'
)
engine = SummingMergeTree(lines)
order by (topic, reason)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
