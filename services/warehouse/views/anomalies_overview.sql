-- rate_anomalies of all stores, as they were a moment ago: worked out again a minute after the last time, and quick to
-- sort.
create materialized view anomalies_overview
refresh after 1 minute
engine = MergeTree
order by (store_id, hour, currency)
as select * from rate_anomalies
settings max_threads = 1
