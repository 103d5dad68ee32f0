-- What history datasets of the lake are loaded into. As with blocks, one object is one insert, one part and one
-- token, so the tables have no partition key.

create table sales_history
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    business_date Date comment 'calendar day at the store',
    units Int32 comment 'in unit, over the till; what came back is in returned',
    returned Int32,
    unit LowCardinality(String),
    revenue Int64 comment 'minor units that customers paid for units, after discounts',
    currency LowCardinality(String),
    price Int32 comment 'shelf price before promotion, minor units: per piece, kilogram or litre',
    promotion_id LowCardinality(String) comment 'empty when none',
    promotion_kind LowCardinality(String) comment 'empty when none',
    stock_out Bool comment 'the shelf was empty when a customer reached for it, or all day',
    dataset LowCardinality(String) comment 'as in history_datasets'
)
engine = MergeTree
order by (store_id, sku, business_date)
settings non_replicated_deduplication_window = 10000;

-- The dataset that was chosen last is the history of the stores: another world or another seed brings another dataset,
-- for the same stores and days perhaps.
create table history_datasets
(
    dataset String,
    source LowCardinality(String) comment 'as in dim_store',
    chosen_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(chosen_at)
order by dataset;

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
settings non_replicated_deduplication_window = 10000;

create materialized view history_days_mv to history_days as
select dataset, store_id, business_date, toInt64(count()) as skus
from sales_history
group by dataset, store_id, business_date;

create table calendar_daily
(
    date Date,
    country LowCardinality(String) comment 'ISO 3166, of the public holidays',
    weekday UInt8 comment 'Monday is 1',
    public_holiday LowCardinality(String) comment 'empty when none',
    festival LowCardinality(String) comment 'festival that falls on the day; empty when none',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (country, date, source)
settings non_replicated_deduplication_window = 10000;

create table weather_daily
(
    zone_id LowCardinality(String) comment 'as dim_store.weather_zone',
    date Date,
    temperature_c Float64 comment 'mean of the day',
    rain_mm Float64,
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (zone_id, date, source)
settings non_replicated_deduplication_window = 10000;

create table prices_weekly
(
    profile LowCardinality(String) comment 'as dim_store.profile: its stores have the same prices',
    sku LowCardinality(String),
    week Date comment 'Monday',
    price Int32 comment 'shelf price before promotion, minor units: per piece, kilogram or litre',
    source LowCardinality(String),
    updated_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(updated_at)
order by (profile, sku, week, source)
settings non_replicated_deduplication_window = 10000;

-- The ledger: a row says that the object is in its table in full.
create table history_objects
(
    key String,
    dataset LowCardinality(String),
    table LowCardinality(String),
    rows Int64,
    bytes Int64,
    loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (dataset, key)
settings non_replicated_deduplication_window = 10000;

-- Sales by store, SKU and day, over history and live stream. Days of a store that the history tells are taken from it
-- alone, so no day counts twice. Live days have no row for what did not sell, and nobody has said of them whether a
-- shelf was empty. Days that the twin's director jumped over are in a dataset beside the history's.
create view sales_daily as
with
    (select argMax(dataset, chosen_at) from history_datasets) as history,
    concat(history, '/jumps') as jumps
select
    store_id,
    sku,
    business_date,
    toInt64(units) as units,
    toInt64(returned) as returned,
    unit,
    revenue,
    currency,
    promotion_id,
    toNullable(stock_out) as stock_out,
    'history' as origin
from sales_history
where dataset in (history, jumps)
union all
select
    store_id,
    sku,
    business_date,
    sumIf(quantity, kind = 'sale') as units,
    -sumIf(quantity, kind = 'return') as returned,
    unit,
    sumIf(net_amount, kind = 'sale') as revenue,
    currency,
    max(promotion_id) as promotion_id,
    null as stock_out,
    'live' as origin
from fact_sales
where (store_id, business_date) not in
(
    select store_id, business_date
    from history_days
    where dataset in (history, jumps)
)
group by store_id, sku, business_date, unit, currency;
