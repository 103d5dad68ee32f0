-- What the lake's blocks are loaded into. One block is one insert, one part and one token in each table, so a table
-- has no partition key that would split it. The deduplication window is far longer than what a crash can leave
-- between an insert and its ledger row.

create table fact_sales
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    line_no Int32,
    produced_at DateTime64(3, 'UTC'),
    basket_id String,
    kind LowCardinality(String),
    store_id LowCardinality(String),
    till_id Int32,
    cashier_id LowCardinality(String),
    customer_id String comment 'empty when anonymous',
    event_time DateTime64(3, 'UTC'),
    business_date Date comment 'calendar day at the store',
    currency LowCardinality(String),
    payment LowCardinality(String),
    sku LowCardinality(String),
    quantity Int32 comment 'in unit; negative on a return',
    unit LowCardinality(String),
    unit_price Int32 comment 'minor units',
    gross_amount Int64 comment 'minor units; negative on a return',
    discount Int64 comment 'minor units; negative on a return',
    net_amount Int64 comment 'minor units; negative on a return',
    promotion_id LowCardinality(String) comment 'empty when none',
    scanned_at DateTime64(3, 'UTC'),
    index produced_at_range produced_at type minmax granularity 1
)
engine = MergeTree
order by (store_id, event_time, basket_id, line_no)
settings non_replicated_deduplication_window = 10000;

create table fact_inventory
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    produced_at DateTime64(3, 'UTC'),
    movement_id String,
    kind LowCardinality(String),
    store_id LowCardinality(String),
    sku LowCardinality(String),
    event_time DateTime64(3, 'UTC'),
    business_date Date comment 'calendar day at the store',
    quantity Int32 comment 'in unit; signed change, or the counted stock for kind count',
    unit LowCardinality(String),
    lot String comment 'empty when unknown',
    expires_on Nullable(Date),
    purchase_order_id String comment 'empty when none'
)
engine = MergeTree
order by (store_id, sku, event_time)
settings non_replicated_deduplication_window = 10000;

create table fact_pos_events
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    produced_at DateTime64(3, 'UTC'),
    event_id String,
    kind LowCardinality(String),
    store_id LowCardinality(String),
    till_id Int32,
    cashier_id LowCardinality(String) comment 'empty when none',
    event_time DateTime64(3, 'UTC'),
    business_date Date comment 'calendar day at the store',
    basket_id String comment 'empty when none',
    sku LowCardinality(String) comment 'empty when none',
    amount Nullable(Int64) comment 'minor units',
    note String
)
engine = MergeTree
order by (store_id, event_time, event_id)
settings non_replicated_deduplication_window = 10000;

create table dead_letters
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    line_no Int32 comment '0: the whole message',
    produced_at DateTime64(3, 'UTC'),
    reason LowCardinality(String) comment 'RefusalCode of services/contracts/refusals.ts',
    detail String,
    payload String comment 'original bytes',
    line_count Int32 comment 'lines that the row stands for',
    store_id LowCardinality(String) comment 'empty when it could not be read',
    message_id String comment 'basket, movement or event id; empty when it could not be read'
)
engine = MergeTree
order by (topic, partition, offset, line_no)
settings non_replicated_deduplication_window = 10000;

-- The ledger: a row says that the block is in every table that it belongs to.
create table lake_objects
(
    key String,
    topic LowCardinality(String),
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
    loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (topic, partition, begin_offset)
settings non_replicated_deduplication_window = 10000;
