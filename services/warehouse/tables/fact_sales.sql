-- Lines of baskets. One range of blocks is one insert, one part and one token in each table that is made of blocks, so
-- a table has no partition key that would split it. What a crash leaves between an insert and its ledger row is at most
-- one range of each chain; the windows of tokens are far longer. Merging a line costs as much as loading it, so the
-- parts are merged ten at a time rather than five: a line is merged half as often on its way into a large part.
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
    index produced_at_range produced_at type minmax granularity 1,
    -- Nearly every row has '', so the few that are replays are found without reading the others.
    index replay_of_range replay_of type minmax granularity 1,
    -- Rows of a load that the ledger does not name yet are counted without reading the others.
    index place_range (epoch, partition, offset) type minmax granularity 1
)
engine = MergeTree
order by (store_id, event_time, basket_id, line_no)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
