-- What a load adds, grouped once for sales_hourly, sales_pulse, baskets_pulse and stock_changes: that costs a third of
-- grouping the rows for each of them. A basket counts where its first line does; a line that was corrected and sent
-- again brings no further basket.
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
engine = Null
