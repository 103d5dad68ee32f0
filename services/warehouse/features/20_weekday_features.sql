-- Means of the weekdays up to the origin. The phase is the age of the last day of that weekday: a target so many days
-- ahead has the phase (7 - horizon % 7) % 7.
with (select groupArray(origin) from origins) as all_origins
select
    store_id,
    sku,
    origin,
    age % 7 as phase,
    anyIf(units, age < 7) as last_same_weekday,
    sumIf(units * ok, age < 28) / greatest(sumIf(ok, age < 28), 1) as weekday_28,
    sumIf(units * ok, age < 56) / greatest(sumIf(ok, age < 56), 1) as weekday_56,
    sumIf(units * ok, age < 112) / greatest(sumIf(ok, age < 112), 1) as weekday_112,
    -- By their half-life in weeks.
    sum(units * ok * exp2(-age / 14)) / greatest(sum(ok * exp2(-age / 14)), 1e-9) as weekday_weighted_2,
    sum(units * ok * exp2(-age / 28)) / greatest(sum(ok * exp2(-age / 28)), 1e-9) as weekday_weighted_4,
    sum(units * ok * exp2(-age / 84)) / greatest(sum(ok * exp2(-age / 84)), 1e-9) as weekday_weighted_12
from
(
    select
        store_id,
        sku,
        units,
        toFloat64(1 - stock_out) as ok,
        arrayJoin(arrayFilter(o -> o >= day and o < day + 364, all_origins)) as origin,
        toInt32(origin - day) as age
    from series_days
)
group by store_id, sku, origin, phase
