-- Which ranges of blocks are loaded together, one load after another. A row is written before the load, and only after
-- the row that its writer knows as the last; so a load that is repeated, by whomever, takes the same blocks under the
-- same token, and no two loads have the same block.
create table loads
(
    number Int64 comment 'from 1; begins anew with a rebuild',
    token String comment 'under which its rows are inserted, after the topic and a slash',
    ranges Array(Tuple(topic String, epoch Int32, partition Int32, begin_offset Int64, end_offset Int64)),
    planned_at DateTime64(6, 'UTC') default now64(6)
)
engine = MergeTree
order by number
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
