-- One row is a day of a store SKU, from {from:Date} to {to:Date}, with what was known on its evening.
-- Sales are held against what a day like it sells: level and weekday of the last eight weeks, times how the store, its
-- category and the SKU in the other stores did on the same day. So rain, a festival or a promotion of the chain is none of
-- the series' own. A forest isolates what is rare, and promotions are rare: they widen the scale and are no input.
-- Residuals are Anscombe's for a negative binomial with the spread that the series usually has: of variance 1, so that
-- those of fast and of slow sellers compare.
with
    days as
    (
        select
            series_daily.store_id as store_id,
            series_daily.sku as sku,
            series_daily.day as day,
            toInt32(day) as number,
            toDayOfWeek(day) as weekday,
            argMax(series_daily.units, filled_at) as units,
            ifNull(argMax(series_daily.price, filled_at), 0) as price,
            argMax(series_daily.promotion_off, filled_at) as promotion_off,
            argMax(series_daily.stock_out, filled_at) as stock_out,
            promotion_off = 0 and stock_out = 0 as is_plain
        from series_daily
        where day between {from:Date} - 70 and {to:Date}
        group by store_id, sku, day
    ),
    usual as
    (
        select
            days.*,
            product.category as category,
            product.unit as unit,
            -- Weights in portions: the least that was ever sold on a day.
            if(
                product.unit in ('', 'each'),
                1,
                greatest(0.05, ifNull(minIf(toNullable(units), units > 0) over past, 1))
            ) as piece,
            sumIf(units, is_plain) over past as past_units,
            sumIf(units * units, is_plain) over past as past_squares,
            countIf(is_plain) over past as past_days,
            sumIf(units, is_plain) over past_weekday as weekday_units,
            countIf(is_plain) over past_weekday as weekday_days,
            sumIf(units, is_plain) over category_weekday / nullIf(countIf(is_plain) over category_weekday, 0) as category_weekday_mean,
            sumIf(units, is_plain) over category_past / nullIf(countIf(is_plain) over category_past, 0) as category_mean,
            max(promotion_off > 0) over lately or max(price) over lately != min(price) over lately as is_changed
        from days
        left join
        (
            select
                sku,
                argMax(dim_product.category, updated_at) as category,
                argMax(dim_product.unit, updated_at) as unit
            from dim_product
            group by sku
        ) as product on product.sku = days.sku
        window
            past as (partition by store_id, sku order by number range between 56 preceding and 1 preceding),
            lately as (partition by store_id, sku order by number range between 7 preceding and current row),
            past_weekday as (partition by store_id, sku, weekday order by number range between 56 preceding and 1 preceding),
            category_weekday as (partition by store_id, category, weekday order by number range between 56 preceding and 1 preceding),
            category_past as (partition by store_id, category order by number range between 56 preceding and 1 preceding)
    ),
    based as
    (
        select
            *,
            past_units / past_days / piece as level,
            least(3, greatest(0.3, ifNull(category_weekday_mean / nullIf(category_mean, 0), 1))) as weekday_factor,
            -- Its own weekdays count as much as four weeks of the category's.
            (weekday_units / piece + 4 * level * weekday_factor) / (weekday_days + 4) as base,
            units / piece as pieces,
            greatest(0, past_squares / past_days / piece / piece - level * level) as variance,
            -- Of a negative binomial: variance = mean + spread * mean squared. Thirty days' worth of a usual one goes in,
            -- and what weekdays vary goes out.
            least(2, greatest(0.06, (
                past_days * ((variance - level) / greatest(level * level, 0.25) - 0.05) + 30 * (0.12 + 0.6 / (1 + level / 3))
            ) / (past_days + 30))) as own_spread
        from usual
        where past_days >= 21
    ),
    in_store as
    (
        select
            *,
            base * least(4, greatest(0.2, (sumIf(pieces, is_plain) over store_day + 5) / (sumIf(base, is_plain) over store_day + 5))) as base_store
        from based
        window store_day as (partition by store_id, number)
    ),
    in_category as
    (
        select
            *,
            base_store * least(4, greatest(0.2,
                (sumIf(pieces, is_plain) over category_day - if(is_plain, pieces, 0) + 10)
                / (sumIf(base_store, is_plain) over category_day - if(is_plain, base_store, 0) + 10)
            )) as base_category
        from in_store
        window category_day as (partition by store_id, category, number)
    ),
    in_chain as
    (
        select
            *,
            sum(base_category) over sku_day - base_category as others_expected,
            sum(pieces) over sku_day - pieces as others_pieces,
            least(8, greatest(0.1, (others_pieces + 3) / (others_expected + 3))) as chain_factor,
            base_category * chain_factor as expected_pieces,
            -- What days in a row have in common, since the factor is not well known: by how much the others sell, and worse
            -- while price or promotion change.
            0.02 + if(is_changed, 1, 0.2) / (others_expected + 3) as common_spread,
            -- An empty shelf explains why less was sold.
            if(stock_out = 1 and pieces < expected_pieces, pieces, expected_pieces) as expected
        from in_category
        -- Where a promotion runs, stores in which it runs.
        window sku_day as (partition by sku, number, promotion_off)
    ),
    runs as
    (
        select
            *,
            sum(pieces) over days_3 as pieces_3,
            sum(expected) over days_3 as expected_3,
            sum(pieces) over days_7 as pieces_7,
            sum(expected) over days_7 as expected_7
        from in_chain
        window
            days_3 as (partition by store_id, sku order by number range between 2 preceding and current row),
            days_7 as (partition by store_id, sku order by number range between 6 preceding and current row)
    ),
    sales as
    (
        select
            *,
            own_spread + common_spread as spread_1,
            own_spread / 3 + common_spread as spread_3,
            own_spread / 7 + common_spread as spread_7
        from runs
    ),
    -- Counts of stock, each beside what the book said: what was counted before it, and what came and went since.
    booked as
    (
        select
            store_id,
            sku,
            hour,
            is_count,
            quantity,
            sum(moved - sold) over (partition by store_id, sku order by hour, is_count) as balance,
            sum(sold) over (partition by store_id, sku order by hour, is_count) as sold_until
        from
        (
            select store_id, sku, stock_changes.hour as hour, 0 as is_count, sum(moved) as moved, sum(stock_changes.sold) as sold, toInt64(0) as quantity
            from stock_changes
            group by store_id, sku, hour
            union all
            select store_id, sku, toStartOfHour(toDateTime(counted_at, 'UTC')) as hour, 1, 0, 0, sum(stock_counts.quantity)
            from stock_counts
            group by store_id, sku, hour
        )
    ),
    counts as
    (
        select
            held.store_id as store_id,
            held.sku as sku,
            toDate(toString(held.hour, if(store.time_zone = '', 'UTC', store.time_zone))) as day,
            sum(held.said - held.quantity) as loss,
            sum(held.sold) as sold,
            max(held.days) as days
        from
        (
            select
                store_id,
                sku,
                hour,
                quantity,
                lagInFrame(quantity) over counts_before + balance - lagInFrame(balance) over counts_before as said,
                sold_until - lagInFrame(sold_until) over counts_before as sold,
                row_number() over counts_before as place,
                dateDiff('day', lagInFrame(hour) over counts_before, hour) as days
            from booked
            where is_count = 1
            window counts_before as (partition by store_id, sku order by hour rows between unbounded preceding and current row)
        ) as held
        left join
        (
            select store_id, argMax(dim_store.time_zone, updated_at) as time_zone
            from dim_store
            group by store_id
        ) as store on store.store_id = held.store_id
        -- What the first count finds was never known.
        where held.place > 1
        group by store_id, sku, day
    )
select
    sales.store_id as store_id,
    sales.sku as sku,
    sales.day as day,
    sales.units as units,
    sales.expected_pieces * sales.piece as expected_units,
    sales.promotion_off as promotion_off,
    sales.stock_out as stock_out,
    -- Since the count before; 0 where none was made, or it was the first.
    counts.days as counted_days,
    counts.loss / if(sales.unit in ('', 'each'), 1, 1000) as loss_units,
    -- Inputs.
    toFloat32(2 * (asinh(sqrt(spread_1 * (pieces + 0.375))) - asinh(sqrt(spread_1 * (expected + 0.375)))) / sqrt(spread_1)) as residual_1,
    toFloat32(2 * (asinh(sqrt(spread_3 * (pieces_3 + 0.375))) - asinh(sqrt(spread_3 * (expected_3 + 0.375)))) / sqrt(spread_3)) as residual_3,
    toFloat32(2 * (asinh(sqrt(spread_7 * (pieces_7 + 0.375))) - asinh(sqrt(spread_7 * (expected_7 + 0.375)))) / sqrt(spread_7)) as residual_7,
    toFloat32(greatest(0, loss_units) / piece) as loss,
    toFloat32(loss / (level + 0.2)) as loss_days,
    toFloat32(loss / (greatest(0, counts.sold) / if(sales.unit in ('', 'each'), 1, 1000) / piece + 5)) as loss_share,
    -- Beside the half percent of sales that vanishes anywhere.
    toFloat32(
        2 * (sqrt(loss + 0.375) - sqrt(0.005 * greatest(0, counts.sold) / if(sales.unit in ('', 'each'), 1, 1000) / piece + 0.375))
    ) as loss_residual,
    -- For the plain rule beside it: the same weekday of eight weeks, in standard deviations of the days.
    toFloat32((pieces - weekday_units / piece / greatest(1, weekday_days)) / sqrt(greatest(variance, 0.25))) as plain_z
from sales
left join counts on counts.store_id = sales.store_id and counts.sku = sales.sku and counts.day = sales.day
where sales.day between {from:Date} and {to:Date}
order by store_id, sku, day
