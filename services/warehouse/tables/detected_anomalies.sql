-- Sales and stock of days that are over that are not as usual. Filled by the job detect-anomalies.
create table detected_anomalies
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    day Date comment 'calendar day at the store; of stock, that of the count that showed it',
    score Float32 comment 'of the isolation forest, 0 to 1: higher is more anomalous',
    kind LowCardinality(String) comment 'sales_high, sales_low, stock_loss',
    detail String comment 'a sentence for a person',
    model_version LowCardinality(String),
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by (store_id, day, sku, kind, model_version)
