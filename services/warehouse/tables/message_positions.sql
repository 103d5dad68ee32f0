-- Where each accepted basket, movement and event stands, by its hash. The gate asks it for those that it no longer
-- holds in memory; on fact_sales, sorted for analysts, the same question reads the whole table.
create table message_positions
(
    topic LowCardinality(String),
    epoch Int32,
    partition Int32,
    id_hash Int64,
    offset Int64
)
engine = MergeTree
order by (topic, epoch, partition, id_hash)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
