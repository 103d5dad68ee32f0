-- Anomaly of rate: whether a store's baskets and revenue of an hour are unlike the same hour of previous weeks, by the
-- modified z-score (x - median) / (1.4826 * MAD), an outlier where it is past 3.5 either way (Iglewicz and Hoaglin, How
-- to Detect and Handle Outliers, 1993). Two additions: with fewer than four weeks there is no score, and the spread is
-- never taken for less than that of counting alone, the square root of the median (a Poisson count varies so much by
-- itself), for revenue times the median amount of a basket; so weeks that happen to agree make no outlier of the next.
create view rate_anomalies as
with
    arrayReduce('quantileExactInclusive(0.5)', previous_baskets) as middle_baskets,
    arrayReduce('quantileExactInclusive(0.5)', previous_revenue) as middle_revenue,
    arrayMap(x -> abs(x - middle_baskets), previous_baskets) as off_baskets,
    arrayMap(x -> abs(x - middle_revenue), previous_revenue) as off_revenue,
    1.4826 * arrayReduce('quantileExactInclusive(0.5)', off_baskets) as spread_baskets,
    1.4826 * arrayReduce('quantileExactInclusive(0.5)', off_revenue) as spread_revenue,
    greatest(middle_baskets, 1) as counted
select
    store_id,
    currency,
    hour,
    local_hour,
    toUInt8(length(previous_baskets)) as weeks,
    baskets,
    if(weeks = 0, null, middle_baskets) as median_baskets,
    if(weeks < 4, null, (baskets - middle_baskets) / greatest(spread_baskets, sqrt(counted))) as baskets_z,
    revenue,
    if(weeks = 0, null, middle_revenue) as median_revenue,
    if(
        weeks < 4 or (spread_revenue = 0 and middle_revenue = 0),
        null,
        (revenue - middle_revenue) / greatest(spread_revenue, abs(middle_revenue) / sqrt(counted))
    ) as revenue_z,
    toBool(ifNull(abs(baskets_z) > 3.5, 0)) as baskets_anomaly,
    toBool(ifNull(abs(revenue_z) > 3.5, 0)) as revenue_anomaly,
    as_of
from store_hours_compared
