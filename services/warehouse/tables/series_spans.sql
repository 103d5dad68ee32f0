-- From when to when series_daily tells of a series: which series there are is asked each day, and their days are many.
create table series_spans
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    begins SimpleAggregateFunction(min, Date),
    until SimpleAggregateFunction(max, Date),
    sold_last SimpleAggregateFunction(max, Date) comment 'day of the last sale'
)
engine = AggregatingMergeTree
order by (store_id, sku)
