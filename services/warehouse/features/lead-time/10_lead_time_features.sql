-- One row is a line of an order that was placed on a day from {from:Date} to {to:Date} and answered, with what was known
-- on the evening of that day. sold: units from the day after the order to the day on which it came, to learn from; the
-- lines of a SKU whose shelf was empty in the meantime are left out, since what was wanted is not known of them.
with
    stores as
    (
        select store_id, if(zone = '', 'UTC', zone) as time_zone
        from
        (
            select store_id, argMax(dim_store.time_zone, updated_at) as zone
            from dim_store
            group by store_id
        )
    ),
    suppliers as
    (
        select
            supplier_id,
            argMax(dim_supplier.lead_time_days_mean, updated_at) as lead_mean,
            argMax(dim_supplier.lead_time_days_sd, updated_at) as lead_sd
        from dim_supplier
        group by supplier_id
    ),
    orders as
    (
        select
            lines.store_id as store_id,
            lines.sku as sku,
            lines.purchase_order_id as purchase_order_id,
            min(toDate(toString(lines.ordered_at, stores.time_zone))) as day,
            min(receipts.received_on) as received_on,
            any(suppliers.lead_mean) as lead_mean,
            any(suppliers.lead_sd) as lead_sd
        from
        (
            select *
            from fact_purchase_orders final
            where ordered_on between {from:Date} - 1 and {to:Date} + 1
        ) as lines
        inner join stores on stores.store_id = lines.store_id
        inner join suppliers on suppliers.supplier_id = lines.supplier_id
        inner join order_receipts as receipts
            on receipts.store_id = lines.store_id
            and receipts.sku = lines.sku
            and receipts.purchase_order_id = lines.purchase_order_id
        group by store_id, sku, purchase_order_id
        having day between {from:Date} and {to:Date} and received_on > day and received_on <= day + 28
    ),
    days as
    (
        select
            store_id,
            sku,
            day,
            argMax(series_daily.units, filled_at) as units,
            argMax(series_daily.stock_out, filled_at) as stock_out
        from series_daily
        where day between {from:Date} - 56 and {to:Date} + 28
        group by store_id, sku, day
    ),
    known as
    (
        select
            orders.store_id as store_id,
            orders.sku as sku,
            orders.purchase_order_id as purchase_order_id,
            orders.day as day,
            orders.received_on as received_on,
            any(orders.lead_mean) as lead_mean,
            any(orders.lead_sd) as lead_sd,
            avgIf(units, days.day <= orders.day and days.day > orders.day - 7 and stock_out = 0) as of_7,
            avgIf(units, days.day <= orders.day and days.day > orders.day - 28 and stock_out = 0) as of_28,
            stddevSampIf(units, days.day <= orders.day and days.day > orders.day - 28 and stock_out = 0) as sd_28,
            groupArrayIf((toDayOfWeek(days.day), units), days.day <= orders.day and stock_out = 0) as past,
            sumIf(units, days.day > orders.day and days.day <= orders.received_on) as sold,
            countIf(days.day > orders.day and days.day <= orders.received_on) as sold_days,
            maxIf(stock_out, days.day > orders.day and days.day <= orders.received_on) as was_out
        from orders
        inner join days on days.store_id = orders.store_id and days.sku = orders.sku
        where days.day > orders.day - 56 and days.day <= orders.received_on
        group by store_id, sku, purchase_order_id, day, received_on
        having sold_days = received_on - day and was_out = 0 and isFinite(of_28) and isFinite(sd_28)
    )
select
    store_id,
    sku,
    purchase_order_id,
    day,
    received_on,
    sold,
    -- Inputs.
    toFloat32(of_28 * lead_mean) as demand_28,
    toFloat32(ifNotFinite(of_7, of_28) * lead_mean) as demand_7,
    -- By the weekdays to come: its own mean counts as much as four weeks of the series'.
    toFloat32(
        arraySum(
            ahead -> (
                arraySum(its -> if(its.1 = toDayOfWeek(day + 1 + ahead), its.2, 0), past) + 4 * of_28
            ) / (arrayCount(its -> its.1 = toDayOfWeek(day + 1 + ahead), past) + 4)
                * least(1, lead_mean - ahead),
            range(toUInt32(ceil(lead_mean)))
        )
    ) as demand_weekdays,
    toFloat32(of_28 * lead_sd) as lead_deviation,
    toFloat32(sd_28 * sqrt(lead_mean)) as demand_deviation
from known
order by day, store_id, sku, purchase_order_id
