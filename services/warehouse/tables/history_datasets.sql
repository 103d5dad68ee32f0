-- The dataset that was chosen last is the history of the stores: another world or another seed brings another dataset,
-- for the same stores and days perhaps.
create table history_datasets
(
    dataset String,
    source LowCardinality(String) comment 'as in dim_store',
    chosen_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(chosen_at)
order by dataset
