-- Days of the live stream that are over at their store, each with all series that it lists: those that sold nothing have
-- no row in the facts.
insert into series_daily (store_id, sku, day, units, price, promotion_off, promotion_kind, stock_out, source)
with
    stores as
    (
        select
            span.1 as store_id,
            span.2 as time_zone,
            span.3 as begins,
            span.4 as ends,
            shop.profile as profile
        from
        (
            select
                arrayJoin(arrayZip(
                    {stores:Array(String)},
                    {time_zones:Array(String)},
                    {begins:Array(Date)},
                    {ends:Array(Date)}
                )) as span
        ) as spans
        left join
        (
            select store_id, argMax(dim_store.profile, updated_at) as profile
            from dim_store
            group by store_id
        ) as shop on shop.store_id = span.1
    ),
    days as
    (
        select
            store_id,
            profile,
            time_zone,
            begins + arrayJoin(range(toUInt32(ends - begins + 1))) as day,
            toMonday(day) as week
        from stores
    ),
    sold as
    (
        select store_id, sku, business_date as day, sum(sales_daily.units) as units
        from sales_daily
        where origin = 'live' and (store_id, business_date) in (select store_id, day from days)
        group by store_id, sku, day
    ),
    listed as
    (
        select store_id, sku, min(begins) as begins, max(sold_last) as sold_last
        from
        (
            select store_id, sku, min(series_spans.begins) as begins, max(series_spans.sold_last) as sold_last
            from series_spans
            group by store_id, sku
            union all
            select store_id, sku, min(day), max(day)
            from sold
            where units > 0
            group by store_id, sku
        )
        group by store_id, sku
    ),
    products as
    (
        select sku, argMax(dim_product.unit, updated_at) as unit, argMax(dim_product.price, updated_at) as price
        from dim_product
        group by sku
    ),
    prices as
    (
        select profile, sku, week, argMax(prices_weekly.price, updated_at) as price
        from prices_weekly
        where week in (select week from days)
        group by profile, sku, week
    ),
    planned as
    (
        select
            profile,
            sku,
            week,
            argMax(promotions_planned.off, updated_at) as off,
            argMax(promotions_planned.kind, updated_at) as kind
        from promotions_planned
        where week in (select week from days)
        group by profile, sku, week
    ),
    closing as
    (
        -- Stock by the book at the end of a day: what was counted last, and what came and went after it, by hours.
        select
            ends.store_id as store_id,
            ends.sku as sku,
            ends.day as day,
            if(counted.hour > toDateTime(0, 'UTC'), counted.quantity + ends.balance - counted.balance, ends.balance) as on_hand
        from
        (
            select
                moved.store_id as store_id,
                moved.sku as sku,
                toDate(toString(moved.hour, stores.time_zone)) as day,
                max(moved.hour) as last_hour,
                argMax(moved.balance, moved.hour) as balance
            from
            (
                select
                    store_id,
                    sku,
                    stock_changes.hour as hour,
                    sum(sum(moved) - sum(stock_changes.sold)) over (partition by store_id, sku order by hour) as balance
                from stock_changes
                group by store_id, sku, hour
            ) as moved
            inner join stores on stores.store_id = moved.store_id
            group by moved.store_id, moved.sku, day
        ) as ends
        asof left join
        (
            select counts.store_id as store_id, counts.sku as sku, counts.hour as hour, counts.quantity as quantity, moved.balance as balance
            from
            (
                select
                    store_id,
                    sku,
                    toStartOfHour(toDateTime(counted_at, 'UTC')) as hour,
                    sum(stock_counts.quantity) as quantity
                from stock_counts
                group by store_id, sku, hour
            ) as counts
            asof left join
            (
                select
                    store_id,
                    sku,
                    stock_changes.hour as hour,
                    sum(sum(moved) - sum(stock_changes.sold)) over (partition by store_id, sku order by hour) as balance
                from stock_changes
                group by store_id, sku, hour
            ) as moved on moved.store_id = counts.store_id and moved.sku = counts.sku and counts.hour >= moved.hour
        ) as counted on counted.store_id = ends.store_id and counted.sku = ends.sku and ends.last_hour >= counted.hour
    )
select
    days.store_id,
    listed.sku,
    days.day,
    ifNull(sold.units, 0) / if(products.unit = 'each' or products.unit = '', 1, 1000),
    coalesce(nullIf(prices.price, 0), products.price),
    planned.off,
    planned.kind,
    -- Books are wrong at times: what sold was there.
    closing.day = days.day and closing.on_hand <= 0,
    'live'
from days
inner join listed on listed.store_id = days.store_id
left join sold on sold.store_id = days.store_id and sold.sku = listed.sku and sold.day = days.day
left join products on products.sku = listed.sku
left join prices on prices.profile = days.profile and prices.sku = listed.sku and prices.week = days.week
left join planned on planned.profile = days.profile and planned.sku = listed.sku and planned.week = days.week
left join closing on closing.store_id = days.store_id and closing.sku = listed.sku and closing.day = days.day
where days.day >= listed.begins
    and (
        sold.units > 0
        or prices.price > 0
        -- Of sources without planned prices: listed while it sells now and then.
        or ((days.profile, days.week) not in (select profile, week from prices) and days.day - listed.sold_last <= 90)
    )
