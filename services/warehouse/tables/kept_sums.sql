-- What each category sold by day, over all stores, up to an origin: features/30_category_sums.sql. A building is a
-- partition, and never changes.
create table kept_sums
(
    id String comment 'as in kept_origins',
    category LowCardinality(String),
    day Date,
    units Decimal(38, 9),
    listed UInt64 comment 'series that have the day'
)
engine = MergeTree
partition by id
order by (category, day)
