-- The days that each origin looks ahead to, with what was known of them at the end of the origin's day: price and
-- promotion as planned, the events of the calendar, and the weather as it was forecast then.
select
    o.store_id as store_id,
    o.sku as sku,
    series.category as category,
    o.origin as origin,
    o.horizon as horizon,
    o.target_date as target_date,
    o.phase as phase,
    o.mean_28 as mean_28,
    plan.announced_on > toDate(0) and plan.announced_on <= o.origin as is_planned,
    -- What is not known yet stays as it is.
    if(is_planned and plan.price > 0, toFloat64(plan.price), o.price_28) as known_price,
    if(plan.promotion_announced_on <= o.origin, plan.promotion_off, 0) as known_promotion,
    if(plan.promotion_announced_on <= o.origin, plan.promotion_kind, '') as known_kind,
    if(plan.promotion_before_announced_on <= o.origin, plan.promotion_before, 0) as known_promotion_before,
    known_price / nullIf(o.price_28, 0) as price_relative_28,
    known_price / nullIf(o.price_90, 0) as price_relative_90,
    known_price / nullIf(o.price_364, 0) as price_relative_364,
    calendar.holiday as holiday,
    calendar.flag as flag,
    calendar.event_kind as event_kind,
    if(calendar.has_next, calendar.days_to_event, 22) as days_to_event,
    if(calendar.has_last, calendar.days_since_event, 15) as days_since_event,
    calendar.next_event as next_event,
    calendar.last_event as last_event,
    usual.temperature_usual as temperature_usual,
    usual.rain_usual as rain_usual,
    forecast.temperature_c is null as is_unforecast,
    if(is_unforecast, 0, ifNull(forecast.temperature_c - usual.temperature_usual, 0)) as temperature_anomaly,
    ifNull(if(is_unforecast, usual.rain_usual, forecast.rain_mm), 0) as rain_expected,
    sqrt(rain_expected) - sqrt(ifNull(usual.rain_usual, rain_expected)) as rain_anomaly
from
(
    select
        store_id,
        sku,
        origin,
        mean_28,
        price_28,
        price_90,
        price_364,
        toUInt8(arrayJoin(range(1, 29))) as horizon,
        origin + horizon as target_date,
        toUInt8((7 - horizon % 7) % 7) as phase
    from origin_features
    where store_id in (select store_id from slice)
) as o
inner join series on series.store_id = o.store_id and series.sku = o.sku
left join plan_days as plan on plan.store_id = o.store_id and plan.sku = o.sku and plan.day = o.target_date
left join store_calendar as calendar on calendar.store_id = o.store_id and calendar.day = o.target_date
left join climate as usual on usual.store_id = o.store_id and usual.day = o.target_date
left join store_weather_forecasts as forecast
    on forecast.store_id = o.store_id and forecast.issued_on = o.origin and forecast.day = o.target_date
-- A withdrawn series is not forecast.
where o.target_date <= series.listed_to
settings join_use_nulls = 1
