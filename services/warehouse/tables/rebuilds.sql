-- Each time that the tables that are made of blocks were emptied to be filled from the lake again. While a row has no
-- `emptied` beside its `begun`, nothing is loaded.
create table rebuilds
(
    number Int64,
    step LowCardinality(String) comment 'begun, or emptied',
    owner String comment 'process that empties the tables',
    at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by number
settings non_replicated_deduplication_window = 1000
