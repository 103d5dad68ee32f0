select
    store.store_id as store_id,
    calendar.date as day,
    -- The first festival of the day, else the public holiday.
    if(calendar.festival != '', splitByChar(',', calendar.festival)[1], calendar.public_holiday) as event,
    multiIf(calendar.festival != '', 1, calendar.public_holiday != '', 2, 0) as event_kind,
    calendar.public_holiday != '' as holiday,
    toFloat32(0) as flag
from
(
    select
        country,
        date,
        argMax(calendar_daily.festival, updated_at) as festival,
        argMax(calendar_daily.public_holiday, updated_at) as public_holiday
    from shelfcast.calendar_daily
    group by country, date
) as calendar
inner join
(
    select store_id, argMax(dim_store.country, updated_at) as country
    from shelfcast.dim_store
    group by store_id
) as store on store.country = calendar.country
