-- Refunds, price overrides and voids by till and cashier, for incident_rates.
create table till_incidents
(
    store_id LowCardinality(String),
    business_date Date comment 'calendar day at the store',
    till_id Int32,
    cashier_id LowCardinality(String) comment 'empty when none',
    price_overrides Int64,
    voids Int64,
    refunds Int64
)
engine = SummingMergeTree((price_overrides, voids, refunds))
order by (store_id, business_date, till_id, cashier_id)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10
