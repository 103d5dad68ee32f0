select
    store.store_id as store_id,
    weather.date as day,
    weather.temperature_c as temperature_c,
    weather.rain_mm as rain_mm
from
(
    select
        zone_id,
        date,
        argMax(weather_daily.temperature_c, updated_at) as temperature_c,
        argMax(weather_daily.rain_mm, updated_at) as rain_mm
    from shelfcast.weather_daily
    where date <= (select max(origin) from origins)
    group by zone_id, date
) as weather
inner join
(
    select store_id, argMax(dim_store.weather_zone, updated_at) as zone_id
    from shelfcast.dim_store
    group by store_id
) as store on store.zone_id = weather.zone_id
