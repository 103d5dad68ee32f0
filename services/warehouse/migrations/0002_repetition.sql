-- Where each accepted basket, movement and event stands. The gate asks it for ids that it no longer holds in memory;
-- on fact_sales, sorted for analysts, the same question reads the whole table.

create table message_positions
(
    topic LowCardinality(String),
    partition Int32,
    message_id String,
    store_id LowCardinality(String),
    offset Int64
)
engine = MergeTree
order by (topic, partition, message_id)
settings non_replicated_deduplication_window = 10000;

create materialized view sales_positions_mv to message_positions as
select topic, partition, basket_id as message_id, store_id, offset
from fact_sales
group by topic, partition, basket_id, store_id, offset;

create materialized view inventory_positions_mv to message_positions as
select topic, partition, movement_id as message_id, store_id, offset
from fact_inventory;

create materialized view pos_positions_mv to message_positions as
select topic, partition, event_id as message_id, store_id, offset
from fact_pos_events;
