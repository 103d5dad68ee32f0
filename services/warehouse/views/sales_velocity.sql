-- Sales velocity: one row is a SKU at a store that has sold there within 28 days. `unit` keeps pieces (each) and weights
-- (g, ml) apart; quantities are what was sold less what came back. The last hour and the last 24 are those that end with
-- the store's last finished hour, from the stream alone. Per day is the mean of the 7 and of the 28 business days before
-- today, so that each weekday weighs the same; of the days that the store has had, when those are fewer (days_7,
-- days_28); null on its first. Days that a history tells come from it alone, as in sales_daily.
create view sales_velocity as
with
    (select argMax(dataset, chosen_at) from history_datasets) as history,
    concat(history, '/jumps') as jumps,
    -- As one value, so that it is worked out once: a view is planned anew wherever it is named.
    (
        -- Midnights at the store as instants, by the offset that held then.
        with
            toDateTime(toString(as_of, time_zone), 'UTC') as local_as_of,
            arrayMap(
                midnight -> midnight - dateDiff(
                    'second',
                    midnight - dateDiff('second', as_of, local_as_of),
                    toDateTime(toString(midnight - dateDiff('second', as_of, local_as_of), time_zone), 'UTC')
                ),
                [toDateTime(today, 'UTC'), toDateTime(today - 7, 'UTC'), toDateTime(today - 28, 'UTC')]
            ) as midnights
        select groupArray((store_id, as_of, today, time_zone, toDate(toString(since, time_zone)), midnights))
        from store_clock
    ) as all_clocks,
    clocks as
    (
        select
            arrayJoin(all_clocks) as clock,
            clock.1 as store_id,
            clock.2 as as_of,
            clock.3 as today,
            clock.4 as time_zone,
            clock.5 as first_day,
            clock.6[1] as today_begins,
            clock.6[2] as days_7_begin,
            clock.6[3] as days_28_begin
    ),
    told_days as
    (
        select
            history_days.store_id as store_id,
            business_date,
            any(clocks.time_zone) as zone,
            any(business_date >= today - 7) as is_recent
        from history_days
        inner join clocks on clocks.store_id = history_days.store_id
        where dataset in (history, jumps)
            and business_date >= today - 28
            and business_date < today
        group by store_id, business_date
    ),
    observed as
    (
        select store_id, max(as_of) as as_of, max(today) - min(first_day) as days
        from
        (
            select store_id, as_of, today, first_day
            from clocks
            union all
            select store_id, toDateTime(0, 'UTC'), toDate(0), min(business_date)
            from history_days
            where dataset in (history, jumps)
            group by store_id
        )
        group by store_id
        having as_of != toDateTime(0, 'UTC')
    )
select
    sold.store_id as store_id,
    sold.sku as sku,
    sold.unit as unit,
    sold.units_1h as units_1h,
    sold.units_24h as units_24h,
    sold.units_7 as units_7,
    sold.units_28 as units_28,
    toUInt8(greatest(least(observed.days, 7), 0)) as days_7,
    toUInt8(greatest(least(observed.days, 28), 0)) as days_28,
    units_7 / nullIf(days_7, 0) as units_per_day_7,
    units_28 / nullIf(days_28, 0) as units_per_day_28,
    observed.as_of as as_of
from
(
    select
        store_id,
        sku,
        unit,
        sum(hour_1) as units_1h,
        sum(hours_24) as units_24h,
        sum(day_7) as units_7,
        sum(day_28) as units_28
    from
    (
        select
            sales_hourly.store_id as store_id,
            sku,
            unit,
            sumIf(quantity, hour >= as_of - 3600) as hour_1,
            sumIf(quantity, hour >= as_of - 86400) as hours_24,
            sumIf(quantity, hour >= days_7_begin and hour < today_begins) as day_7,
            sumIf(quantity, hour < today_begins) as day_28
        from sales_hourly
        inner join clocks on clocks.store_id = sales_hourly.store_id
        -- By the table's order: of each store its own days are read, and no others.
        where (sales_hourly.store_id, toDate(hour)) in
            (
                select store_id, arrayJoin(arrayMap(days -> toDate(as_of) - days, range(31)))
                from clocks
            )
            and hour >= days_28_begin
            and hour < as_of
            and (sales_hourly.store_id, hour) not in
            (
                select
                    store_id,
                    arrayJoin(
                        arrayMap(hours -> toDateTime(business_date, 'UTC') + 3600 * hours, range(-14, 37))
                    ) as hour
                from told_days
                where toDate(toString(hour, zone)) = business_date
            )
        group by store_id, sku, unit
        union all
        select
            sales_history.store_id as store_id,
            sku,
            unit,
            0 as hour_1,
            0 as hours_24,
            sumIf(units - returned, is_recent) as day_7,
            sum(units - returned) as day_28
        from sales_history
        inner join told_days
            on told_days.store_id = sales_history.store_id and told_days.business_date = sales_history.business_date
        where dataset in (history, jumps)
            and (sales_history.store_id, sales_history.business_date) in (select store_id, business_date from told_days)
        group by store_id, sku, unit
    )
    group by store_id, sku, unit
) as sold
inner join observed on observed.store_id = sold.store_id
