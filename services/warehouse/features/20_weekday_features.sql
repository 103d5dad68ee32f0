-- Means of the weekdays up to the origin. The phase is the age of the last day of that weekday: a target so many days
-- ahead has the phase (7 - horizon % 7) % 7.
select
    store_id,
    sku,
    origin,
    phase,
    if(ages[1] < 7, units[1], 0) as last_same_weekday,
    arraySum(arraySlice(sales, 1, at_28)) / greatest(arraySum(arraySlice(ok, 1, at_28)), 1) as weekday_28,
    arraySum(arraySlice(sales, 1, at_56)) / greatest(arraySum(arraySlice(ok, 1, at_56)), 1) as weekday_56,
    arraySum(arraySlice(sales, 1, at_112)) / greatest(arraySum(arraySlice(ok, 1, at_112)), 1) as weekday_112,
    -- By their half-life in weeks.
    arraySum((sale, age) -> sale * exp2(-age / 14), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 14), ok, ages), 1e-9) as weekday_weighted_2,
    arraySum((sale, age) -> sale * exp2(-age / 28), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 28), ok, ages), 1e-9) as weekday_weighted_4,
    arraySum((sale, age) -> sale * exp2(-age / 84), sales, ages) / greatest(arraySum((is_ok, age) -> is_ok * exp2(-age / 84), ok, ages), 1e-9) as weekday_weighted_12
from
(
    select
        store_id,
        sku,
        origin,
        phase,
        arrayFilter(age -> age % 7 = phase, all_ages) as ages,
        arrayFilter((_, age) -> age % 7 = phase, all_units, all_ages) as units,
        arrayMap(is_out -> toFloat64(1 - is_out), arrayFilter((_, age) -> age % 7 = phase, all_stock_out, all_ages)) as ok,
        arrayMap((sale, is_ok) -> sale * is_ok, units, ok) as sales,
        arrayCount(age -> age < 28, ages) as at_28,
        arrayCount(age -> age < 56, ages) as at_56,
        arrayCount(age -> age < 112, ages) as at_112
    from
    (
        select
            store_id,
            sku,
            origin,
            units as all_units,
            stock_out as all_stock_out,
            arrayMap(at -> toInt32(origin - at), days) as all_ages,
            arrayJoin(range(7)) as phase
        from series_windows
        where days[1] = origin
    )
)
where notEmpty(ages)
-- Rows are wide: a year of days each.
settings max_block_size = 512
