-- The ledger of blocks: a row says that the block is in every table that it belongs to.
create table lake_objects
(
    key String,
    topic LowCardinality(String),
    epoch Int32 comment 'which of the topics that had this name',
    partition Int32,
    begin_offset Int64,
    end_offset Int64 comment 'first offset after the block',
    messages Int64,
    rows_accepted Int64,
    rows_refused Int64,
    offsets_missing Int64 comment 'offsets that Kafka no longer held; 0 in a healthy chain',
    bytes Int64,
    produced_min DateTime64(3, 'UTC'),
    produced_max DateTime64(3, 'UTC'),
    topic_id LowCardinality(String) comment 'Kafka''s own id of the topic; empty when unknown',
    loaded_at DateTime64(3, 'UTC') default now64(3),
    load Int64 default 0 comment 'number in loads; 0 of those that came from elsewhere',
    index load_range load type minmax granularity 1
)
engine = MergeTree
order by (topic, epoch, partition, begin_offset)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
