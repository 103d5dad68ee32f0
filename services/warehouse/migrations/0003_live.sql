-- Sales by store, SKU and hour of event time: the base of every sales figure by time.
-- Units are apart from weight: pieces add up, grams and millilitres do only within one SKU.
create table sales_hourly
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    hour DateTime('UTC'),
    currency LowCardinality(String),
    unit LowCardinality(String),
    lines Int64,
    quantity Int64 comment 'in unit, returns taken off',
    gross_amount Int64 comment 'minor units, returns taken off',
    net_amount Int64 comment 'minor units, returns taken off'
)
engine = SummingMergeTree((lines, quantity, gross_amount, net_amount))
order by (store_id, hour, sku, currency, unit)
settings non_replicated_deduplication_window = 10000;

create materialized view sales_hourly_mv to sales_hourly as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    currency,
    unit,
    count() as lines,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(net_amount) as net_amount
from fact_sales
group by store_id, sku, hour, currency, unit;

-- The pulse of the Live page: what arrived, by the producers' clock. Two tables, because one by store and SKU is as
-- long as the sales themselves. Two days are enough for a page that shows the last hour.
create table sales_pulse
(
    bucket DateTime('UTC') comment 'start of a minute',
    sku LowCardinality(String),
    currency LowCardinality(String),
    lines Int64,
    pieces Int64 comment 'units of goods sold by the piece; a weighed line counts as one',
    net_amount Int64 comment 'minor units, returns taken off'
)
engine = SummingMergeTree((lines, pieces, net_amount))
order by (bucket, sku, currency)
ttl bucket + interval 2 day
settings non_replicated_deduplication_window = 10000;

create materialized view sales_pulse_mv to sales_pulse as
select
    toStartOfMinute(toDateTime(produced_at, 'UTC')) as bucket,
    sku,
    currency,
    count() as lines,
    sum(if(unit = 'each', quantity, sign(quantity))) as pieces,
    sum(net_amount) as net_amount
from fact_sales
group by bucket, sku, currency;

-- A basket is one message, and a message is in one block, so baskets counted block by block add up.
create table baskets_pulse
(
    bucket DateTime('UTC') comment 'start of ten seconds',
    store_id LowCardinality(String),
    currency LowCardinality(String),
    baskets Int64,
    pieces Int64 comment 'units of goods sold by the piece; a weighed line counts as one',
    net_amount Int64 comment 'minor units, returns taken off'
)
engine = SummingMergeTree((baskets, pieces, net_amount))
order by (bucket, store_id, currency)
ttl bucket + interval 2 day
settings non_replicated_deduplication_window = 10000;

create materialized view baskets_pulse_mv to baskets_pulse as
select
    toStartOfInterval(toDateTime(produced_at, 'UTC'), interval 10 second) as bucket,
    store_id,
    currency,
    uniqExact(partition, offset) as baskets,
    sum(if(unit = 'each', quantity, sign(quantity))) as pieces,
    sum(net_amount) as net_amount
from fact_sales
group by bucket, store_id, currency;
