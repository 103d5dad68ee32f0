-- Stock at a glance: one row is a SKU of a store. Ask for a store; stock_overview has all of them.
--
-- Stock-out risk is the probability that demand over the supplier's lead time is more than what is on hand and what is
-- expected to come in it: an order placed now would be too late. Demand over the lead time is taken to be normal, with
-- mean d L and variance L v + d^2 s^2 of d units a day with variance v, and a lead time of mean L and standard deviation
-- s in days (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed., ch. 6). v is never
-- taken for less than that of a compound Poisson demand, d times the units of a usual line; half a unit is added to the
-- stock because demand comes in whole units.
create view stock_status as
with
    -- Sales of the last whole days of the stream, up to 28, and their sums by day.
    least(28, intDiv(dateDiff('hour', clock.since, clock.as_of), 24)) as whole_days,
    arrayFilter(its -> its.1 < clock.as_of and its.1 >= clock.as_of - 86400 * whole_days, stock.hours) as recent,
    arrayReduce(
        'sumMap',
        arrayMap(its -> [intDiv(dateDiff('hour', its.1, clock.as_of) - 1, 24)], recent),
        arrayMap(its -> [its.3], recent)
    ).2 as daily_units,
    greatest(1, arraySum(daily_units) / greatest(1, arraySum(its -> its.4, recent))) as units_per_line,
    if(
        whole_days < 14,
        0,
        (arraySum(units -> units * units, daily_units) - arraySum(daily_units) * arraySum(daily_units) / whole_days) / (whole_days - 1)
    ) as daily_variance
select
    stock.store_id as store_id,
    stock.sku as sku,
    stock.unit as unit,
    stock.on_hand as on_hand,
    nullIf(stock.counted_at, toDateTime64(0, 3, 'UTC')) as last_count_at,
    ordered.on_order as on_order,
    ordered.next_expected_on as next_expected_on,
    -- The last of the lots into which something is filled.
    nullIf(
        arrayLast(its -> its.4 - its.3 < on_hand, known.lots).1,
        if(arrayExists(its -> its.4 - its.3 < on_hand, known.lots), toDate('2149-06-06'), toDate(0))
    ) as earliest_expires_on,
    velocity.units_per_day_7 as units_per_day_7,
    velocity.units_per_day_28 as units_per_day_28,
    if(units_per_day_28 > 0, greatest(on_hand, 0) / units_per_day_28, null) as days_of_cover,
    supplier.lead_time_days_mean as lead_time_days_mean,
    supplier.lead_time_days_sd as lead_time_days_sd,
    arraySum(
        line -> if(line.1 <= toDate(clock.as_of) + ceil(lead_time_days_mean), line.2, 0),
        ordered.expected
    ) as arriving_in_lead_time,
    greatest(ifNull(units_per_day_28, 0), 0) * lead_time_days_mean as lead_time_demand_mean,
    sqrt(
        lead_time_days_mean * greatest(daily_variance, units_per_day_28 * units_per_line)
        + units_per_day_28 * units_per_day_28 * lead_time_days_sd * lead_time_days_sd
    ) as lead_time_demand_sd,
    multiIf(
        lead_time_days_mean is null,
        null,
        lead_time_demand_mean = 0,
        0,
        erfc((greatest(on_hand, 0) + arriving_in_lead_time + 0.5 - lead_time_demand_mean) / (lead_time_demand_sd * sqrt(2))) / 2
    ) as stock_out_risk,
    nullIf(toDateTime(clock.as_of, 'UTC'), toDateTime(0, 'UTC')) as as_of
from stock_by_sku as stock
left join store_clock as clock on clock.store_id = stock.store_id
left join sales_velocity as velocity
    on velocity.store_id = stock.store_id and velocity.sku = stock.sku and velocity.unit = stock.unit
left join
(
    select
        store_id,
        sku,
        sum(quantity) as on_order,
        min(expected_on) as next_expected_on,
        groupArray((ifNull(expected_on, toDate(ordered_at)), quantity)) as expected
    from stock_on_order
    group by store_id, sku
) as ordered on ordered.store_id = stock.store_id and ordered.sku = stock.sku
left join stock_known_lots as known on known.store_id = stock.store_id and known.sku = stock.sku
left join
(
    select sku, argMax(dim_product.supplier_id, updated_at) as supplier_id
    from dim_product
    group by sku
) as product on product.sku = stock.sku
left join
(
    select
        supplier_id,
        toNullable(argMax(dim_supplier.lead_time_days_mean, updated_at)) as lead_time_days_mean,
        toNullable(argMax(dim_supplier.lead_time_days_sd, updated_at)) as lead_time_days_sd
    from dim_supplier
    group by supplier_id
) as supplier on supplier.supplier_id = product.supplier_id
