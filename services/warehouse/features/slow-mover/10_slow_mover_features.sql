-- One row is a lot that a store has on the evening of an origin of {origins:Array(Date)} and that expires within four
-- weeks. What is on hand is filled into the lots from the one that expires last, as in stock_lots; a lot is sold on its
-- last day too, and thrown away on the evening of it. wasted: what of it was thrown away later, to learn from.
with
    asked as
    (
        select arrayJoin({origins:Array(Date)}) as origin
    ),
    ends as
    (
        -- Midnight at the store, as an instant: by the offset of the noon before.
        select
            store_id,
            asked.origin as origin,
            toDateTime(origin, 'UTC') + 43200 as noon,
            toDateTime(origin + 1, 'UTC') - dateDiff('second', noon, toDateTime(toString(noon, time_zone), 'UTC')) as until
        from
        (
            select store_id, if(zone = '', 'UTC', zone) as time_zone
            from
            (
                select store_id, argMax(dim_store.time_zone, updated_at) as zone
                from dim_store
                group by store_id
            )
        ) as stores
        cross join asked
    ),
    products as
    (
        select
            sku,
            argMax(dim_product.category, updated_at) as category,
            argMax(dim_product.unit, updated_at) as unit,
            argMax(dim_product.shelf_life_days, updated_at) as shelf_life_days,
            argMax(dim_product.cost, updated_at) as cost,
            argMax(dim_product.price, updated_at) as list_price
        from dim_product
        group by sku
    ),
    booked as
    (
        select
            store_id,
            sku,
            hour,
            max(counted) as is_count,
            sum(quantity) as count_quantity,
            sum(sum(change)) over (partition by store_id, sku order by hour) as balance
        from
        (
            select store_id, sku, hour, 0 as counted, toInt64(0) as quantity, moved - sold as change
            from stock_changes
            union all
            select store_id, sku, toStartOfHour(toDateTime(counted_at, 'UTC')), 1, stock_counts.quantity, toInt64(0)
            from stock_counts
        )
        group by store_id, sku, hour
    ),
    stock as
    (
        select
            booked.store_id as store_id,
            booked.sku as sku,
            ends.origin as origin,
            argMax(balance, hour) + argMaxIf(count_quantity - balance, hour, is_count = 1) as on_hand
        from booked
        inner join ends on ends.store_id = booked.store_id
        where hour < ends.until
        group by store_id, sku, origin
        having on_hand > 0
    ),
    lots as
    (
        select
            moves.store_id as store_id,
            moves.sku as sku,
            moves.lot as lot,
            assumeNotNull(moves.expires_on) as expires,
            ends.origin as origin,
            sumIf(moves.quantity, moves.event_time < ends.until) as known,
            -sumIf(moves.quantity, moves.kind = 'waste' and moves.event_time >= ends.until) as wasted
        from fact_inventory as moves
        inner join ends on ends.store_id = moves.store_id
        where moves.lot != '' and moves.kind != 'count' and moves.expires_on > ends.origin
        group by store_id, sku, lot, expires, origin
        having known > 0
    ),
    filled as
    (
        select
            lots.*,
            stock.on_hand - sum(known) over (partition by store_id, sku, origin order by expires desc, lot desc) + known as until_sold,
            least(known, until_sold) as on_hand
        from lots
        inner join stock on stock.store_id = lots.store_id and stock.sku = lots.sku and stock.origin = lots.origin
    ),
    sold as
    (
        select
            store_id,
            sku,
            origin,
            avgIf(units, is_open and day > origin - 7) as of_7,
            avgIf(units, is_open and day > origin - 28) as of_28,
            stddevPopIf(units, is_open and day > origin - 28) as sd_28,
            sum(units) as units_56,
            arrayMap(
                weekday -> (
                    arraySum(its -> if(its.1 = weekday, its.2, 0), weekdays),
                    arrayCount(its -> its.1 = weekday, weekdays)
                ),
                range(1, 8)
            ) as by_weekday,
            groupArrayIf((toDayOfWeek(day), units), is_open) as weekdays,
            argMax(price, day) as price,
            argMax(promotion_off, day) as promotion_off
        from
        (
            -- What was sold on a day on which the shelf was empty is no measure of demand.
            select days.*, asked.origin as origin, stock_out = 0 as is_open
            from
            (
                select
                    store_id,
                    sku,
                    day,
                    argMax(series_daily.units, filled_at) as units,
                    argMax(series_daily.stock_out, filled_at) as stock_out,
                    argMax(series_daily.price, filled_at) as price,
                    argMax(series_daily.promotion_off, filled_at) as promotion_off
                from series_daily
                where day > arrayMin({origins:Array(Date)}) - 56 and day <= arrayMax({origins:Array(Date)})
                group by store_id, sku, day
            ) as days
            cross join asked
            where day > origin - 56 and day <= origin
        )
        group by store_id, sku, origin
    ),
    thrown as
    (
        select
            moves.store_id as store_id,
            moves.sku as sku,
            ends.origin as origin,
            -sum(moves.quantity) as thrown_56
        from fact_inventory as moves
        inner join ends on ends.store_id = moves.store_id
        where moves.kind = 'waste' and moves.event_time < ends.until and moves.event_time >= ends.until - 56 * 86400
        group by store_id, sku, origin
    ),
    -- How sales answer to a price: of all stores, days of a promotion beside the others, over half a year.
    responses as
    (
        select
            sku,
            origin,
            avgIf(units, promotion_off = 0) as plain_mean,
            avgIf(units, promotion_off > 0) as promotion_mean,
            avgIf(promotion_off, promotion_off > 0) as mean_off,
            countIf(promotion_off > 0) as promotion_days,
            if(
                promotion_days >= 28 and plain_mean > 0 and promotion_mean > 0,
                toNullable(log(promotion_mean / plain_mean) / log(1 - mean_off)),
                null
            ) as elasticity
        from series_daily
        cross join asked
        where day > origin - 182 and day <= origin and stock_out = 0 and promotion_off < 1
        group by sku, origin
    ),
    joined as
    (
        select
            filled.store_id as store_id,
            filled.sku as sku,
            filled.lot as lot,
            filled.origin as origin,
            filled.expires as expires_on,
            filled.wasted / if(products.unit in ('', 'each'), 1, 1000) as wasted_units,
            products.category as category,
            products.cost as cost,
            if(sold.price > 0, sold.price, products.list_price) as price,
            sold.promotion_off as promotion_off,
            responses.elasticity as elasticity,
            filled.expires - filled.origin as left_days,
            filled.on_hand / if(products.unit in ('', 'each'), 1, 1000) as lot_units,
            filled.until_sold / if(products.unit in ('', 'each'), 1, 1000) as stock_units,
            products.shelf_life_days as life,
            ifNotFinite(sold.of_7, 0) as mean_7_units,
            ifNotFinite(sold.of_28, 0) as mean_28_units,
            ifNotFinite(sold.sd_28, 0) as deviation_units,
            sold.units_56 as units_56,
            ifNull(thrown.thrown_56, 0) / if(products.unit in ('', 'each'), 1, 1000) as thrown_units,
            -- By weekday; a weekday's own mean counts as much as four weeks of the series'.
            arraySum(
                ahead -> (sold.by_weekday[toDayOfWeek(filled.origin + 1 + ahead)].1 + 4 * mean_28_units)
                    / (sold.by_weekday[toDayOfWeek(filled.origin + 1 + ahead)].2 + 4),
                range(toUInt32(left_days))
            ) as expected
        from filled
        inner join products on products.sku = filled.sku
        inner join sold on sold.store_id = filled.store_id and sold.sku = filled.sku and sold.origin = filled.origin
        left join thrown on thrown.store_id = filled.store_id and thrown.sku = filled.sku and thrown.origin = filled.origin
        left join responses on responses.sku = filled.sku and responses.origin = filled.origin
        where filled.on_hand > 0 and left_days between 1 and 28
    )
select
    store_id,
    sku,
    lot,
    origin,
    expires_on,
    wasted_units,
    lot_units as on_hand_units,
    stock_units,
    expected as expected_units,
    cost,
    price,
    elasticity,
    -- Inputs.
    toFloat32(left_days) as days_left,
    toFloat32(lot_units) as on_hand,
    toFloat32(stock_units - lot_units) as ahead,
    toFloat32(mean_7_units) as mean_7,
    toFloat32(mean_28_units) as mean_28,
    toFloat32(expected) as expected_sales,
    toFloat32(least(1000, stock_units / greatest(mean_28_units, 0.01))) as cover,
    toFloat32(least(100, stock_units / greatest(expected, 0.01))) as stock_ratio,
    toFloat32(least(20, deviation_units / greatest(mean_28_units, 0.01))) as dispersion,
    toFloat32((expected - stock_units) / sqrt(greatest(left_days * deviation_units * deviation_units, 0.25))) as slack,
    toFloat32(thrown_units / (thrown_units + units_56 + 1)) as waste_share,
    toFloat32(
        sum(thrown_units) over (partition by store_id, category, origin)
        / (sum(thrown_units + units_56) over (partition by store_id, category, origin) + 1)
    ) as category_waste_share,
    toFloat32(life) as shelf_life,
    toFloat32(promotion_off) as promotion
from joined
order by origin, store_id, sku, expires_on, lot
