-- What models make of the days that are over: sales and stock that are not as usual, and lots that will not be sold.

-- Filled by the job detect-anomalies. A day that is told again, since tills were late, may have others: found_at of the
-- newest run of its store and day holds, see anomalies_latest.
create table detected_anomalies
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    day Date comment 'calendar day at the store; of stock, that of the count that showed it',
    score Float32 comment 'of the isolation forest, 0 to 1: higher is more anomalous',
    kind LowCardinality(String) comment 'sales_high, sales_low, stock_loss',
    detail String comment 'a sentence for a person',
    model_version LowCardinality(String),
    found_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(found_at)
order by (store_id, day, sku, kind, model_version);

-- Which days were looked at, also those on which all was as usual.
create table anomaly_runs
(
    day Date,
    model_version LowCardinality(String),
    series UInt32,
    found UInt32,
    found_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree(found_at)
order by day;

create view anomalies_latest as
select found.*
from detected_anomalies as found final
inner join
(
    select day, max(found_at) as found_at
    from anomaly_runs
    group by day
) as runs on runs.day = found.day and runs.found_at = found.found_at;

-- Filled by the job find-slow-movers: the lots of an origin that are likely to be thrown away.
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
    found_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(found_at)
order by (origin, store_id, sku, lot, expires_on, model_version);
