-- One row for each series, origin and horizon. docs/forecasts.md says what each column is for; features.json which of
-- them a model may take in.
select
    t.store_id as store_id,
    t.sku as sku,
    t.category as category,
    t.origin as origin,
    t.horizon as horizon,
    t.target_date as target_date,
    s.unit as unit,
    toFloat32(s.unit_scale) as unit_scale,
    -- Baselines, and the direct forecasts of the totals.
    toFloat32(o.baseline_naive) as baseline_naive,
    toFloat32(ifNull(w.last_same_weekday, o.baseline_naive)) as baseline_seasonal_naive,
    toFloat32(o.baseline_moving_average) as baseline_moving_average,
    toFloat32(o.baseline_ses) as baseline_ses,
    toFloat32(o.baseline_tsb) as baseline_tsb,
    toFloat32(cw.total_category) as total_category,
    toFloat32(cw.total_store) as total_store,
    -- Recent sales.
    toFloat32(t.horizon) as days_ahead,
    toFloat32(o.known_days) as known_days,
    toFloat32(o.stock_out_28) as stock_out_28,
    toFloat32(o.lag_1) as lag_1,
    toFloat32(o.lag_7) as lag_7,
    toFloat32(o.lag_14) as lag_14,
    toFloat32(o.lag_28) as lag_28,
    toFloat32(o.mean_7) as mean_7,
    toFloat32(o.mean_14) as mean_14,
    toFloat32(o.mean_28) as mean_28,
    toFloat32(o.mean_30) as mean_30,
    toFloat32(o.mean_56) as mean_56,
    toFloat32(o.mean_90) as mean_90,
    toFloat32(o.mean_182) as mean_182,
    toFloat32(o.deviation_7) as deviation_7,
    toFloat32(o.deviation_14) as deviation_14,
    toFloat32(o.deviation_28) as deviation_28,
    toFloat32(o.deviation_30) as deviation_30,
    toFloat32(o.deviation_90) as deviation_90,
    toFloat32(o.zeros_28) as zeros_28,
    toFloat32(o.zeros_90) as zeros_90,
    toFloat32(o.most_28) as most_28,
    toFloat32(o.days_since_sale) as days_since_sale,
    toFloat32(o.weighted_2) as weighted_2,
    toFloat32(o.weighted_4) as weighted_4,
    toFloat32(o.weighted_8) as weighted_8,
    toFloat32(o.weighted_16) as weighted_16,
    toFloat32(o.weighted_32) as weighted_32,
    -- Weekday.
    toFloat32(toDayOfWeek(t.target_date)) as weekday,
    toFloat32(w.last_same_weekday) as last_same_weekday,
    toFloat32(w.weekday_28) as weekday_28,
    toFloat32(w.weekday_56) as weekday_56,
    toFloat32(w.weekday_112) as weekday_112,
    toFloat32(w.weekday_weighted_2) as weekday_weighted_2,
    toFloat32(w.weekday_weighted_4) as weekday_weighted_4,
    toFloat32(w.weekday_weighted_12) as weekday_weighted_12,
    toFloat32(cw.category_weekday) as category_weekday,
    -- Season: the weeks around the same day a year before, against the year around them.
    toFloat32(if(y.year_days >= 300, y.around / nullIf(y.year_around, 0), null)) as season_ratio,
    -- How the season moves on from the last weeks, as it did a year before.
    toFloat32(if(yn.year_days >= 300, y.around / nullIf(yn.around, 0), null)) as season_change,
    toFloat32(if(yn.year_days >= 300, o.mean_28 * y.around / nullIf(yn.around, 0), null)) as season_mean,
    toFloat32(toDayOfMonth(t.target_date)) as day_of_month,
    toFloat32(toDayOfYear(t.target_date)) as day_of_year,
    -- Trend.
    toFloat32(ifNotFinite(o.mean_28 / o.mean_90, 1)) as trend_28,
    toFloat32(co.category_trend_7) as category_trend_7,
    toFloat32(co.category_trend_28) as category_trend_28,
    -- Price.
    toFloat32(t.known_price) as price,
    toFloat32(t.price_relative_28) as price_relative_28,
    toFloat32(t.price_relative_90) as price_relative_90,
    toFloat32(t.price_relative_364) as price_relative_364,
    -- Sums are exact: the order of rows changes no digit.
    toFloat32(t.known_price * count(t.known_price) over category_day
        / nullIf(toFloat64(sum(toDecimal128(t.known_price, 9)) over category_day), 0)) as price_relative_category,
    -- Promotion.
    toFloat32(t.known_promotion) as promotion_off,
    toFloat32(t.known_kind = 'end_cap') as promotion_display,
    toFloat32(t.known_kind = 'multibuy') as promotion_multibuy,
    toFloat32(t.known_kind = 'coupon') as promotion_coupon,
    toFloat32(if(t.known_promotion > 0, ifNull(l.promotion_lift, 1), 1)) as promotion_lift_now,
    toFloat32(ifNull(l.promotion_lift, 1)) as promotion_lift,
    toFloat32(t.known_promotion_before) as promotion_before,
    toFloat32(ifNotFinite(toFloat64(sum(toDecimal128(if(t.known_promotion > 0, t.mean_28, 0), 9)) over category_day)
        / toFloat64(sum(toDecimal128(t.mean_28, 9)) over category_day), 0)) as promotion_share_category,
    -- Holidays and events.
    toFloat32(ifNull(t.event_kind, 0)) as event_kind,
    toFloat32(ifNull(t.holiday, 0)) as holiday,
    toFloat32(ifNull(t.flag, 0)) as flag,
    toFloat32(ifNull(t.days_to_event, 22)) as days_to_event,
    toFloat32(ifNull(t.days_since_event, 15)) as days_since_event,
    toFloat32(ifNull(ln.event_lift, 1)) as event_lift,
    toFloat32(ifNull(ll.event_lift, 1)) as event_lift_after,
    -- Weather.
    toFloat32(ifNull(ws.temperature_slope, 0)) as temperature_slope,
    toFloat32(ifNull(ws.rain_slope, 0)) as rain_slope,
    toFloat32(t.temperature_anomaly) as temperature_anomaly,
    toFloat32(t.rain_expected) as rain_expected,
    toFloat32(ifNull(ws.temperature_slope, 0) * t.temperature_anomaly) as temperature_effect,
    toFloat32(ifNull(ws.rain_slope, 0) * t.rain_anomaly) as rain_effect,
    -- Store.
    toFloat32(cw.store_weekday) as store_weekday,
    toFloat32(co.store_trend_7) as store_trend_7,
    toFloat32(co.store_trend_28) as store_trend_28,
    toFloat32(co.store_level) as store_level
from targets as t
inner join (select * from origin_features where store_id in (select store_id from slice)) as o
    on o.store_id = t.store_id and o.sku = t.sku and o.origin = t.origin
inner join series as s on s.store_id = t.store_id and s.sku = t.sku
left join (select * from weekday_features where store_id in (select store_id from slice)) as w
    on w.store_id = t.store_id and w.sku = t.sku and w.origin = t.origin and w.phase = t.phase
left join category_origins as co on co.store_id = t.store_id and co.category = t.category and co.origin = t.origin
left join category_weekdays as cw
    on cw.store_id = t.store_id and cw.category = t.category and cw.origin = t.origin and cw.phase = t.phase
left join promotion_lifts as l on l.sku = t.sku and l.origin = t.origin
left join weather_slopes as ws on ws.category = t.category and ws.origin = t.origin
left join category_days as y on y.category = t.category and y.day = t.target_date - 364
left join category_days as yn on yn.category = t.category and yn.day = t.origin - 378
left join event_lifts as ln
    on ln.category = t.category and ln.origin = t.origin and ln.event = t.next_event and ln.offset = t.days_to_event
left join event_lifts as ll
    on ll.category = t.category and ll.origin = t.origin and ll.event = t.last_event and ll.offset = -t.days_since_event
window category_day as (partition by t.store_id, t.category, t.origin, t.horizon)
order by store_id, sku, origin, horizon
settings join_use_nulls = 1
