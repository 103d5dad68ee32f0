-- What models make of the days that are over: sales and stock that are not as usual, and lots that will not be sold.

-- Days that were looked at, those on which nothing was found too. A day is looked at again, since tills are late at times:
-- what its newest run found holds.
create table detection_runs
(
    model LowCardinality(String) comment 'anomaly, slow-mover',
    day Date comment 'calendar day at the stores; of slow movers the origin',
    model_version LowCardinality(String),
    rows UInt32 comment 'that were scored',
    found UInt32,
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by (model, day);

-- Filled by the job detect-anomalies.
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
order by (store_id, day, sku, kind, model_version);

create view anomalies_latest as
select *
from detected_anomalies final
where (day, found_at) in
(
    select day, max(detection_runs.found_at)
    from detection_runs
    where model = 'anomaly'
    group by day
);

-- Filled by the job find-slow-movers: lots that are likely to be thrown away in part.
create table slow_movers
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    lot String,
    expires_on Date comment 'last day of sale',
    probability Float32 comment 'that some of it is thrown away',
    on_hand Float32 comment 'of the lot: pieces, kilograms or litres',
    expected_sales Float32 comment 'of the lot until it expires, at the price of today',
    markdown_off Float32 comment 'share of the price that is proposed; 0 when none pays',
    saved_amount Int64 comment 'minor units that the markdown is expected to save',
    model_version LowCardinality(String),
    origin Date comment 'last day that was known',
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by (origin, store_id, sku, lot, expires_on, model_version);

create view slow_movers_latest as
select *
from slow_movers final
where (origin, found_at) in
(
    select day, found_at
    from detection_runs final
    where model = 'slow-mover'
    order by day desc
    limit 1
);
