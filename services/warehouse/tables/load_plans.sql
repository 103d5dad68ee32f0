-- Which blocks are loaded together. Written before the load, so that a load that is repeated, by whomever, takes the
-- same blocks and has the same token. The first plan that begins at an offset is the one that counts.
create table load_plans
(
    topic LowCardinality(String),
    epoch Int32,
    partition Int32,
    begin_offset Int64,
    end_offset Int64,
    planned_at DateTime64(6, 'UTC') default now64(6)
)
engine = MergeTree
order by (topic, epoch, partition, begin_offset)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
