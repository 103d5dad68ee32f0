-- stock_status of all stores, as it was a moment ago: worked out again and again, and quick to sort. A refresh that ends
-- is followed by the next one a minute later, and takes one processor core.
create materialized view stock_overview
refresh after 1 minute
engine = MergeTree
order by (store_id, sku)
as select * from stock_status
settings max_threads = 1
