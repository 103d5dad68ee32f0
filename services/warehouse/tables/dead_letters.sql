-- What the gate refused, of blocks as fact_sales.
create table dead_letters
(
    topic LowCardinality(String),
    epoch Int32 comment 'which of the topics that had this name',
    partition Int32,
    offset Int64,
    line_no Int32 comment '0: the whole message',
    produced_at DateTime64(3, 'UTC'),
    reason LowCardinality(String) comment 'RefusalCode of services/contracts/refusals.ts',
    detail String,
    payload String comment 'original bytes',
    line_count Int32 comment 'lines that the row stands for',
    replay_of LowCardinality(String) comment 'position of the dead letter that was corrected and sent again; empty when none',
    store_id LowCardinality(String) comment 'empty when it could not be read',
    message_id String comment 'basket, movement or event id; empty when it could not be read',
    index produced_at_range produced_at type minmax granularity 1,
    -- Nearly every row has '', so the few that are replays are found without reading the others.
    index replay_of_range replay_of type minmax granularity 1
)
engine = MergeTree
order by (topic, epoch, partition, offset, line_no)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
