-- The forecasts that count today: those of each store's newest origin, and of these what was made last.
create view forecast_latest as
select *
from fact_forecast
where served and (store_id, origin) in
(
    select store_id, max(origin)
    from fact_forecast
    where served
    group by store_id
)
order by made_at desc
limit 1 by store_id, sku, horizon
