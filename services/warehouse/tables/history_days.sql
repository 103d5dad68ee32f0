-- Which days of which stores a dataset tells; sales_daily would otherwise read all of it to find out.
create table history_days
(
    dataset LowCardinality(String),
    store_id LowCardinality(String),
    business_date Date,
    skus Int64
)
engine = SummingMergeTree(skus)
order by (dataset, store_id, business_date)
settings non_replicated_deduplication_window = 10000
