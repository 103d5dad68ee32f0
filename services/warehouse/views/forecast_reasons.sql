-- The order of fact_forecast.reasons.
create view forecast_reasons as
select
    reason,
    position
from
(
    select arrayJoin(arrayEnumerate(names)) as position, names[position] as reason
    from
    (
        select
            ['recent sales', 'weekday', 'season', 'trend', 'price', 'promotion', 'holiday', 'weather', 'store', 'totals'] as names
    )
)
