-- Movements of stock and counts; parts, windows of tokens and merges as in fact_sales.
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
    purchase_order_id String comment 'empty when none',
    -- Nearly every row has '', so the few that are replays are found without reading the others.
    index replay_of_range replay_of type minmax granularity 1,
    -- Rows of a load that the ledger does not name yet are counted without reading the others.
    index place_range (epoch, partition, offset) type minmax granularity 1
)
engine = MergeTree
order by (store_id, sku, event_time)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
