select
    store.store_id as store_id,
    forecast.issued_on as issued_on,
    forecast.date as day,
    forecast.temperature_c as temperature_c,
    forecast.rain_mm as rain_mm
from
(
    select
        zone_id,
        issued_on,
        date,
        argMax(weather_forecasts.temperature_c, updated_at) as temperature_c,
        argMax(weather_forecasts.rain_mm, updated_at) as rain_mm
    from shelfcast.weather_forecasts
    where issued_on in (select origin from origins)
    group by zone_id, issued_on, date
) as forecast
inner join
(
    select store_id, argMax(dim_store.weather_zone, updated_at) as zone_id
    from shelfcast.dim_store
    group by store_id
) as store on store.zone_id = forecast.zone_id
