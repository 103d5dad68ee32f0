-- Lots of which something is expected to be left over when they expire. Filled by the job find-slow-movers.
create table slow_movers
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    lot String,
    expires_on Date comment 'last day of sale',
    probability Float32 comment 'that some of it is thrown away: of the model, or where it did not score it, by the distribution of demand; 0 without either',
    on_hand Float32 comment 'of the lot: pieces, kilograms or litres',
    expected_sales Float32 comment 'of the lot until it expires, at the price of today; 0 without a forecast',
    markdown_off Float32 comment 'share of the price that is proposed; 0 when none pays',
    saved_amount Int64 comment 'minor units that the markdown is expected to save',
    model_version LowCardinality(String) comment 'of slow-mover; empty where it did not score the lot',
    origin Date comment 'last day that was known',
    found_at DateTime64(3, 'UTC'),
    unit LowCardinality(String) default 'each' comment 'of facts: each, g, ml',
    category LowCardinality(String) default '',
    days_left Int32 default 0 comment 'days of sale, that of the run included; 0 or less: it has expired',
    stock Float64 default 0 comment 'pieces, kilograms or litres: of the lot and of all that is sold before it',
    expected_unsold Nullable(Float64) comment 'pieces, kilograms or litres: of the lot on the evening of its last day; null without a forecast',
    unsold_probability Nullable(Float64) comment 'that some of it is left over, by the distribution of demand',
    loss_amount Nullable(Int64) comment 'minor units: what is expected to be left over, at cost',
    price Nullable(Int64) comment 'minor units per piece, kilogram or litre, as customers pay it',
    markdown_reason LowCardinality(String) default '' comment 'why that markdown, or why none',
    steps Nested
    (
        off Float64,
        price Int64,
        unsold Float64,
        saved Int64,
        low Int64,
        high Int64
    ) comment 'prices that were looked at: expected to be left over of the stock, in pieces, kilograms or litres; minor units expected to be saved, and their 80% range',
    markdown_price Nullable(Int64) comment 'minor units; null when none pays',
    markdown_unsold Nullable(Float64) comment 'of the stock, at that price',
    saved_low Nullable(Int64) comment 'minor units: with 80% probability the markdown saves from this',
    saved_high Nullable(Int64) comment 'to this',
    elasticity Nullable(Float64) comment 'change of log sales by change of log price',
    elasticity_error Nullable(Float64) comment 'standard error',
    elasticity_basis LowCardinality(String) default '' comment 'measured, category, usual',
    transfer_quantity Float64 default 0 comment 'pieces, kilograms or litres of it that transfers would take away',
    demand_basis LowCardinality(String) default '' comment 'where the spread of demand comes from'
)
engine = ReplacingMergeTree(found_at)
order by (origin, store_id, sku, lot, expires_on, model_version)
