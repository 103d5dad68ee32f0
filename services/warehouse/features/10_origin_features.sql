-- What a series has done up to and including the day of the origin, by the age of its days: 0 is the origin itself.
-- A day on which the shelf was empty says nothing of demand, so it weighs nothing; baselines are plain, as a retailer
-- without a model would have them.
with (select groupArray(origin) from origins) as all_origins
select
    store_id,
    sku,
    origin,
    count() as known_days,
    countIf(ok = 0 and age < 28) / least(known_days, 28) as stock_out_28,
    -- Lags: the last days, and the same weekday of the last weeks.
    anyIf(units, age = 0) as lag_1,
    anyIf(units, age = 6) as lag_7,
    anyIf(units, age = 13) as lag_14,
    anyIf(units, age = 27) as lag_28,
    sumIf(units * ok, age < 7) / greatest(sumIf(ok, age < 7), 1) as mean_7,
    sumIf(units * ok, age < 14) / greatest(sumIf(ok, age < 14), 1) as mean_14,
    sumIf(units * ok, age < 28) / greatest(sumIf(ok, age < 28), 1) as mean_28,
    sumIf(units * ok, age < 30) / greatest(sumIf(ok, age < 30), 1) as mean_30,
    sumIf(units * ok, age < 56) / greatest(sumIf(ok, age < 56), 1) as mean_56,
    sumIf(units * ok, age < 90) / greatest(sumIf(ok, age < 90), 1) as mean_90,
    sumIf(units * ok, age < 182) / greatest(sumIf(ok, age < 182), 1) as mean_182,
    ifNotFinite(stddevSampIf(units, ok = 1 and age < 7), 0) as deviation_7,
    ifNotFinite(stddevSampIf(units, ok = 1 and age < 14), 0) as deviation_14,
    ifNotFinite(stddevSampIf(units, ok = 1 and age < 28), 0) as deviation_28,
    ifNotFinite(stddevSampIf(units, ok = 1 and age < 30), 0) as deviation_30,
    ifNotFinite(stddevSampIf(units, ok = 1 and age < 90), 0) as deviation_90,
    countIf(units = 0 and ok = 1 and age < 28) / greatest(sumIf(ok, age < 28), 1) as zeros_28,
    countIf(units = 0 and ok = 1 and age < 90) / greatest(sumIf(ok, age < 90), 1) as zeros_90,
    maxIf(units, age < 28) as most_28,
    if(countIf(units > 0) = 0, 364, minIf(age, units > 0)) as days_since_sale,
    -- Exponentially weighted means, by their half-life in days.
    sum(units * ok * exp2(-age / 2)) / greatest(sum(ok * exp2(-age / 2)), 1e-9) as weighted_2,
    sum(units * ok * exp2(-age / 4)) / greatest(sum(ok * exp2(-age / 4)), 1e-9) as weighted_4,
    sum(units * ok * exp2(-age / 8)) / greatest(sum(ok * exp2(-age / 8)), 1e-9) as weighted_8,
    sum(units * ok * exp2(-age / 16)) / greatest(sum(ok * exp2(-age / 16)), 1e-9) as weighted_16,
    sum(units * ok * exp2(-age / 32)) / greatest(sum(ok * exp2(-age / 32)), 1e-9) as weighted_32,
    -- Shelf prices; a day without one does not count.
    avgIf(price, age < 28) as price_28,
    avgIf(price, age < 90) as price_90,
    avg(price) as price_364,
    -- For the lift of promotions, of the SKU over all stores.
    sumIf(units * ok, promotion_off > 0) as promoted_units,
    sumIf(ok, promotion_off > 0) as promoted_days,
    sumIf(units * ok, promotion_off = 0) as plain_units,
    sumIf(ok, promotion_off = 0) as plain_days,
    -- Baselines.
    lag_1 as baseline_naive,
    sumIf(units, age < 28) / least(known_days, 28) as baseline_moving_average,
    -- Simple exponential smoothing with alpha 0.1.
    sum(units * pow(0.9, age)) / sum(pow(0.9, age)) as baseline_ses,
    -- Teunter, Syntetos and Babai (2011): chance of demand times size of demand, both smoothed with alpha 0.1; the size
    -- is smoothed over days with demand alone.
    arrayReverseSort(groupArrayIf((-age, units), units > 0)) as demands,
    sum((units > 0) * pow(0.9, age)) / sum(pow(0.9, age))
        * if(empty(demands), 0, arraySum((demand, i) -> demand.2 * pow(0.9, i), demands, range(length(demands)))
            / arraySum(i -> pow(0.9, i), range(length(demands)))) as baseline_tsb
from
(
    select
        store_id,
        sku,
        units,
        price,
        promotion_off,
        toFloat64(1 - stock_out) as ok,
        arrayJoin(arrayFilter(o -> o >= day and o < day + 364, all_origins)) as origin,
        toInt32(origin - day) as age
    from series_days
)
group by store_id, sku, origin
-- A series that ended before the origin is not forecast.
having min(age) = 0
