-- What a load adds, grouped once for till_clock, store_hourly and till_daily, as sales_added is for those by SKU.
create table tills_added
(
    store_id LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    business_date Date,
    till_id Int32,
    cashier_id LowCardinality(String),
    currency LowCardinality(String),
    baskets Int64,
    returns Int64,
    lines Int64,
    pieces Int64,
    sold_amount Int64,
    returned_amount Int64
)
engine = Null
