-- What a series has done up to and including the day of the origin, by the age of its days: 0 is the origin itself.
-- A day on which the shelf was empty says nothing of demand, so it weighs nothing; baselines are plain, as a retailer
-- without a model would have them. Sums go from the newest day to the oldest, so they come out the same to the digit
-- wherever the days were read.
select
    store_id,
    sku,
    origin,
    known_days,
    (at_28 - sold_days[at_28]) / least(known_days, 28) as stock_out_28,
    -- Lags: the last days, and the same weekday of the last weeks.
    units[1] as lag_1,
    units[indexOf(ages, 6)] as lag_7,
    units[indexOf(ages, 13)] as lag_14,
    units[indexOf(ages, 27)] as lag_28,
    sold[at_7] / greatest(sold_days[at_7], 1) as mean_7,
    sold[at_14] / greatest(sold_days[at_14], 1) as mean_14,
    sold[at_28] / greatest(sold_days[at_28], 1) as mean_28,
    sold[at_30] / greatest(sold_days[at_30], 1) as mean_30,
    sold[at_56] / greatest(sold_days[at_56], 1) as mean_56,
    sold[at_90] / greatest(sold_days[at_90], 1) as mean_90,
    sold[at_182] / greatest(sold_days[at_182], 1) as mean_182,
    -- Of a sample: its squares less the square of its sum.
    ifNotFinite(sqrt(greatest(squares[at_7] - sold[at_7] * sold[at_7] / sold_days[at_7], 0) / (sold_days[at_7] - 1)), 0) as deviation_7,
    ifNotFinite(sqrt(greatest(squares[at_14] - sold[at_14] * sold[at_14] / sold_days[at_14], 0) / (sold_days[at_14] - 1)), 0) as deviation_14,
    ifNotFinite(sqrt(greatest(squares[at_28] - sold[at_28] * sold[at_28] / sold_days[at_28], 0) / (sold_days[at_28] - 1)), 0) as deviation_28,
    ifNotFinite(sqrt(greatest(squares[at_30] - sold[at_30] * sold[at_30] / sold_days[at_30], 0) / (sold_days[at_30] - 1)), 0) as deviation_30,
    ifNotFinite(sqrt(greatest(squares[at_90] - sold[at_90] * sold[at_90] / sold_days[at_90], 0) / (sold_days[at_90] - 1)), 0) as deviation_90,
    zeros[at_28] / greatest(sold_days[at_28], 1) as zeros_28,
    zeros[at_90] / greatest(sold_days[at_90], 1) as zeros_90,
    arrayMax(arraySlice(units, 1, at_28)) as most_28,
    if(empty(demands), 364, ages[arrayFirstIndex(sale -> sale > 0, units)]) as days_since_sale,
    -- Exponentially weighted means, by their half-life in days.
    arraySum((sale, age) -> sale * exp2(-age / 2), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 2), ok, ages), 1e-9) as weighted_2,
    arraySum((sale, age) -> sale * exp2(-age / 4), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 4), ok, ages), 1e-9) as weighted_4,
    arraySum((sale, age) -> sale * exp2(-age / 8), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 8), ok, ages), 1e-9) as weighted_8,
    arraySum((sale, age) -> sale * exp2(-age / 16), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 16), ok, ages), 1e-9) as weighted_16,
    arraySum((sale, age) -> sale * exp2(-age / 32), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 32), ok, ages), 1e-9) as weighted_32,
    -- Shelf prices; a day without one does not count.
    if(priced[at_28] = 0, null, prices[at_28] / priced[at_28]) as price_28,
    if(priced[at_90] = 0, null, prices[at_90] / priced[at_90]) as price_90,
    if(priced[-1] = 0, null, prices[-1] / priced[-1]) as price_364,
    -- For the lift of promotions, of the SKU over all stores.
    arraySum((sale, off) -> if(off > 0, sale, 0), sales, promotion_off) as promoted_units,
    arraySum((is_ok, off) -> if(off > 0, is_ok, 0), ok, promotion_off) as promoted_days,
    arraySum((sale, off) -> if(off = 0, sale, 0), sales, promotion_off) as plain_units,
    arraySum((is_ok, off) -> if(off = 0, is_ok, 0), ok, promotion_off) as plain_days,
    -- Baselines.
    lag_1 as baseline_naive,
    arraySum(arraySlice(plain, 1, at_28)) / least(known_days, 28) as baseline_moving_average,
    -- Simple exponential smoothing with alpha 0.1.
    arraySum((sale, weight) -> sale * weight, plain, smoothing) / arraySum(smoothing) as baseline_ses,
    -- Teunter, Syntetos and Babai (2011): chance of demand times size of demand, both smoothed with alpha 0.1; the size
    -- is smoothed over days with demand alone.
    arraySum((sale, weight) -> (sale > 0) * weight, plain, smoothing) / arraySum(smoothing)
        * if(empty(demands), 0, arraySum((sale, i) -> sale * pow(0.9, i), demands, range(length(demands)))
            / arraySum(i -> pow(0.9, i), range(length(demands)))) as baseline_tsb
from
(
    select
        store_id,
        sku,
        origin,
        units,
        promotion_off,
        length(days) as known_days,
        arrayMap(at -> toInt32(origin - at), days) as ages,
        arrayMap(is_out -> toFloat64(1 - is_out), stock_out) as ok,
        arrayMap(sale -> toFloat64(sale), units) as plain,
        arrayMap((sale, is_ok) -> sale * is_ok, plain, ok) as sales,
        arrayFilter(sale -> sale > 0, plain) as demands,
        arrayMap(age -> pow(0.9, age), ages) as smoothing,
        -- From the newest day up to each.
        arrayCumSum(sales) as sold,
        arrayCumSum(ok) as sold_days,
        arrayCumSum(sale -> sale * sale, sales) as squares,
        arrayCumSum((sale, is_ok) -> sale = 0 and is_ok = 1, units, ok) as zeros,
        arrayCumSum(paid -> if(isNaN(paid), 0, toFloat64(paid)), price) as prices,
        arrayCumSum(paid -> not isNaN(paid), price) as priced,
        arrayCount(age -> age < 7, ages) as at_7,
        arrayCount(age -> age < 14, ages) as at_14,
        arrayCount(age -> age < 28, ages) as at_28,
        arrayCount(age -> age < 30, ages) as at_30,
        arrayCount(age -> age < 56, ages) as at_56,
        arrayCount(age -> age < 90, ages) as at_90,
        arrayCount(age -> age < 182, ages) as at_182
    from series_windows
    -- A series that ended before the origin is not forecast.
    where days[1] = origin
)
-- Rows are wide: a year of days each.
settings max_block_size = 512
