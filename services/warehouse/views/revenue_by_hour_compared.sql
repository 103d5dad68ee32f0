-- Revenue per hour and store against the same hour of previous weeks: one row is a store, currency and finished hour of
-- the last seven days. Amounts are minor units, returns taken off. Null while there is no earlier week to compare with,
-- or nothing to divide by.
create view revenue_by_hour_compared as
with arrayReduce('quantileExactInclusive(0.5)', previous_revenue) as median, arrayAvg(previous_revenue) as mean
select
    store_id,
    currency,
    hour,
    local_hour,
    revenue,
    toUInt8(length(previous_revenue)) as weeks,
    if(weeks = 0, null, median) as median_revenue,
    if(weeks = 0, null, mean) as mean_revenue,
    revenue - median_revenue as difference,
    if(median_revenue = 0, null, revenue / median_revenue) as ratio,
    as_of
from store_hours_compared
