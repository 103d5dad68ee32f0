-- Chains have epochs, messages are recognised by a hash of 64 bits, and blocks are loaded in ranges. The keys of the
-- tables change with it, so they are made anew, empty, and the ledger with them: ingest finds that nothing is loaded
-- and loads every block of the lake again, from the first. History and reference data stay as they are.

drop view if exists sales_positions_mv;
drop view if exists inventory_positions_mv;
drop view if exists pos_positions_mv;
drop view if exists sales_hourly_mv;
drop view if exists sales_pulse_mv;
drop view if exists baskets_pulse_mv;
drop view if exists accepted_sales_mv;
drop view if exists accepted_inventory_mv;
drop view if exists accepted_pos_events_mv;
drop view if exists refused_totals_mv;
drop table if exists fact_sales;
drop table if exists fact_inventory;
drop table if exists fact_pos_events;
drop table if exists dead_letters;
drop table if exists lake_objects;
drop table if exists message_positions;
drop table if exists sales_hourly;
drop table if exists sales_pulse;
drop table if exists baskets_pulse;
drop table if exists accepted_totals;
drop table if exists refused_totals;
drop view if exists sales_added_mv;
drop table if exists sales_added;

-- One range of blocks is one insert, one part and one token in each table, so a table has no partition key that would
-- split it. What a crash leaves between an insert and its ledger row is at most one range of each chain; the windows
-- of tokens are far longer. Merging a line costs as much as loading it, so the parts of fact_sales are merged ten at a
-- time rather than five: a line is merged half as often on its way into a large part.

create table fact_sales
(
    topic LowCardinality(String),
    epoch Int32 comment 'which of the topics that had this name',
    partition Int32,
    offset Int64,
    line_no Int32,
    produced_at DateTime64(3, 'UTC'),
    id_hash Int64 comment 'of store and message, on the first row of a message; 0 on its other rows',
    lateness_s Int32 comment 'seconds that it came later than is allowed for; 0 when in time',
    replay_of LowCardinality(String) comment 'position of the dead letter that was corrected and sent again; empty when none',
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
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create table fact_inventory
(
    topic LowCardinality(String),
    epoch Int32 comment 'which of the topics that had this name',
    partition Int32,
    offset Int64,
    produced_at DateTime64(3, 'UTC'),
    id_hash Int64 comment 'of store and message',
    lateness_s Int32 comment 'seconds that it came later than is allowed for; 0 when in time',
    replay_of LowCardinality(String) comment 'position of the dead letter that was corrected and sent again; empty when none',
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
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create table fact_pos_events
(
    topic LowCardinality(String),
    epoch Int32 comment 'which of the topics that had this name',
    partition Int32,
    offset Int64,
    produced_at DateTime64(3, 'UTC'),
    id_hash Int64 comment 'of store and message',
    lateness_s Int32 comment 'seconds that it came later than is allowed for; 0 when in time',
    replay_of LowCardinality(String) comment 'position of the dead letter that was corrected and sent again; empty when none',
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
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

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
    index produced_at_range produced_at type minmax granularity 1
)
engine = MergeTree
order by (topic, epoch, partition, offset, line_no)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- The ledger: a row says that the block is in every table that it belongs to.
create table lake_objects
(
    key String,
    topic LowCardinality(String),
    epoch Int32 comment 'which of the topics that had this name',
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
    topic_id LowCardinality(String) comment 'Kafka''s own id of the topic; empty when unknown',
    loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by (topic, epoch, partition, begin_offset)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- Which blocks are loaded together. Written before the load, so that a load that is repeated, by whomever, takes the
-- same blocks and has the same token. The first plan that begins at an offset is the one that counts.
create table load_plans
(
    topic LowCardinality(String),
    epoch Int32,
    partition Int32,
    begin_offset Int64,
    end_offset Int64,
    planned_at DateTime64(6, 'UTC') default now64(6)
)
engine = MergeTree
order by (topic, epoch, partition, begin_offset)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- Each time that the tables above and below were emptied to be filled from the lake again. While a row has no
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
settings non_replicated_deduplication_window = 1000;

-- Where each accepted basket, movement and event stands, by its hash. The gate asks it for those that it no longer
-- holds in memory; on fact_sales, sorted for analysts, the same question reads the whole table.

create table message_positions
(
    topic LowCardinality(String),
    epoch Int32,
    partition Int32,
    id_hash Int64,
    offset Int64
)
engine = MergeTree
order by (topic, epoch, partition, id_hash)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create materialized view sales_positions_mv to message_positions as
select topic, epoch, partition, id_hash, offset
from fact_sales
where id_hash != 0;

create materialized view inventory_positions_mv to message_positions as
select topic, epoch, partition, id_hash, offset
from fact_inventory
where id_hash != 0;

create materialized view pos_positions_mv to message_positions as
select topic, epoch, partition, id_hash, offset
from fact_pos_events
where id_hash != 0;

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
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

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
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

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
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- What a load adds, grouped once for the three tables above: that costs a third of grouping the rows for each of them.
-- A basket counts where its first line does; a line that was corrected and sent again brings no further basket.
create table sales_added
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    bucket DateTime('UTC') comment 'start of ten seconds, by the producers'' clock',
    currency LowCardinality(String),
    unit LowCardinality(String),
    baskets Int64,
    lines Int64,
    quantity Int64,
    pieces Int64,
    gross_amount Int64,
    net_amount Int64
)
engine = Null;

create materialized view sales_added_mv to sales_added as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    toStartOfInterval(toDateTime(produced_at, 'UTC'), interval 10 second) as bucket,
    currency,
    unit,
    countIf(id_hash != 0 and (replay_of = '' or endsWith(replay_of, '/0'))) as baskets,
    count() as lines,
    sum(fact_sales.quantity) as quantity,
    sum(if(unit = 'each', fact_sales.quantity, sign(fact_sales.quantity))) as pieces,
    sum(fact_sales.gross_amount) as gross_amount,
    sum(fact_sales.net_amount) as net_amount
from fact_sales
group by store_id, sku, hour, bucket, currency, unit;

create materialized view sales_hourly_mv to sales_hourly as
select
    store_id,
    sku,
    hour,
    currency,
    unit,
    sum(lines) as lines,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(net_amount) as net_amount
from sales_added
group by store_id, sku, hour, currency, unit;

create materialized view sales_pulse_mv to sales_pulse as
select
    toStartOfMinute(sales_added.bucket) as bucket,
    sku,
    currency,
    sum(lines) as lines,
    sum(pieces) as pieces,
    sum(net_amount) as net_amount
from sales_added
group by bucket, sku, currency;

create materialized view baskets_pulse_mv to baskets_pulse as
select
    bucket,
    store_id,
    currency,
    sum(baskets) as baskets,
    sum(pieces) as pieces,
    sum(net_amount) as net_amount
from sales_added
group by bucket, store_id, currency;

-- Totals of the Pipeline page. Counting lines by kind or by reason on the tables themselves reads every row, once a
-- second while somebody watches.

create table accepted_totals
(
    topic LowCardinality(String),
    lines_accepted Int64 comment 'without those of return baskets',
    lines_reversed Int64 comment 'accepted lines of return baskets',
    lines_late Int64 comment 'of both, those that came later than is allowed for'
)
engine = SummingMergeTree((lines_accepted, lines_reversed, lines_late))
order by topic
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create materialized view accepted_sales_mv to accepted_totals as
select
    topic,
    countIf(kind != 'return') as lines_accepted,
    countIf(kind = 'return') as lines_reversed,
    countIf(lateness_s > 0) as lines_late
from fact_sales
group by topic;

-- A movement of kind return is goods going back to the supplier, not a sale taken back.
create materialized view accepted_inventory_mv to accepted_totals as
select topic, count() as lines_accepted, 0 as lines_reversed, countIf(lateness_s > 0) as lines_late
from fact_inventory
group by topic;

create materialized view accepted_pos_events_mv to accepted_totals as
select topic, count() as lines_accepted, 0 as lines_reversed, countIf(lateness_s > 0) as lines_late
from fact_pos_events
group by topic;

create table refused_totals
(
    topic LowCardinality(String),
    reason LowCardinality(String) comment 'RefusalCode of services/contracts/refusals.ts',
    lines Int64 comment 'lines that the dead letters stand for'
)
engine = SummingMergeTree(lines)
order by (topic, reason)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create materialized view refused_totals_mv to refused_totals as
select topic, reason, sum(line_count) as lines
from dead_letters
group by topic, reason;
