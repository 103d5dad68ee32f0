-- Live measures of sales, each defined once: a view over a sum that each load adds to. "Now" is store time, which need
-- not be the wall clock's: a store's measures reach to the last hour that it has finished.
-- Late rows, corrected dead letters and returns count where they happened, so they move the measures of that time.

-- The file begins anew when it is run again, and what the warehouse holds already is summed at its end.
drop view if exists anomalies_overview;
drop view if exists revenue_overview;
drop view if exists till_incidents_mv;
drop view if exists tills_added_mv;
drop view if exists till_clock_mv;
drop view if exists store_hourly_mv;
drop view if exists till_daily_mv;
drop table if exists tills_added;
drop table if exists till_clock;
drop table if exists store_hourly;
drop table if exists till_daily;
drop table if exists till_incidents;

-- What a load adds, grouped once for the three tables below, as sales_added is for those by SKU. A basket counts where
-- its first line does; a line that was corrected and sent again brings no further basket. Grouping by hashes of the texts,
-- which are taken once for each entry of a dictionary, costs half of grouping by the texts.
create table tills_added
(
    store_id LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    business_date Date,
    till_id Int32,
    cashier_id LowCardinality(String),
    currency LowCardinality(String),
    baskets Int64,
    returns Int64,
    lines Int64,
    pieces Int64,
    sold_amount Int64,
    returned_amount Int64
)
engine = Null;

-- How far each till has come, for store_clock.
create table till_clock
(
    store_id LowCardinality(String),
    till_id Int32,
    first_hour SimpleAggregateFunction(min, DateTime('UTC')) comment 'start of the hour of its first basket',
    last_hour SimpleAggregateFunction(max, DateTime('UTC')) comment 'start of the hour of its newest basket'
)
engine = AggregatingMergeTree
order by (store_id, till_id)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create table store_hourly
(
    store_id LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    currency LowCardinality(String),
    baskets Int64 comment 'of kind sale',
    returns Int64 comment 'baskets of kind return',
    lines Int64 comment 'sold',
    pieces Int64 comment 'sold by the piece; a weighed line counts as one',
    sold_amount Int64 comment 'minor units after discount, returns not taken off',
    returned_amount Int64 comment 'minor units, above 0'
)
engine = SummingMergeTree((baskets, returns, lines, pieces, sold_amount, returned_amount))
order by (store_id, hour, currency)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create table till_daily
(
    store_id LowCardinality(String),
    business_date Date comment 'calendar day at the store',
    till_id Int32,
    cashier_id LowCardinality(String),
    currency LowCardinality(String),
    baskets Int64 comment 'of kind sale',
    returns Int64 comment 'baskets of kind return',
    sold_amount Int64 comment 'minor units after discount, returns not taken off',
    returned_amount Int64 comment 'minor units, above 0'
)
engine = SummingMergeTree((baskets, returns, sold_amount, returned_amount))
order by (store_id, business_date, till_id, cashier_id, currency)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create table till_incidents
(
    store_id LowCardinality(String),
    business_date Date comment 'calendar day at the store',
    till_id Int32,
    cashier_id LowCardinality(String) comment 'empty when none',
    price_overrides Int64,
    voids Int64,
    refunds Int64
)
engine = SummingMergeTree((price_overrides, voids, refunds))
order by (store_id, business_date, till_id, cashier_id)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create materialized view till_clock_mv to till_clock as
select store_id, till_id, min(hour) as first_hour, max(hour) as last_hour
from tills_added
group by store_id, till_id;

create materialized view store_hourly_mv to store_hourly as
select
    store_id,
    hour,
    currency,
    sum(tills_added.baskets) as baskets,
    sum(tills_added.returns) as returns,
    sum(tills_added.lines) as lines,
    sum(tills_added.pieces) as pieces,
    sum(tills_added.sold_amount) as sold_amount,
    sum(tills_added.returned_amount) as returned_amount
from tills_added
group by store_id, hour, currency;

create materialized view till_daily_mv to till_daily as
select
    store_id,
    business_date,
    till_id,
    cashier_id,
    currency,
    sum(tills_added.baskets) as baskets,
    sum(tills_added.returns) as returns,
    sum(tills_added.sold_amount) as sold_amount,
    sum(tills_added.returned_amount) as returned_amount
from tills_added
group by store_id, business_date, till_id, cashier_id, currency;

-- What is there already goes the same way, in one insert: tills_added is no longer than baskets.
insert into tills_added
select
    any(fact_sales.store_id) as store_id,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    business_date,
    till_id,
    any(fact_sales.cashier_id) as cashier_id,
    any(fact_sales.currency) as currency,
    countIf(id_hash != 0 and kind = 'sale' and (replay_of = '' or endsWith(replay_of, '/0'))) as baskets,
    countIf(id_hash != 0 and kind = 'return' and (replay_of = '' or endsWith(replay_of, '/0'))) as returns,
    countIf(kind = 'sale') as lines,
    sumIf(if(unit = 'each', quantity, 1), kind = 'sale') as pieces,
    sumIf(net_amount, kind = 'sale') as sold_amount,
    -sumIf(net_amount, kind = 'return') as returned_amount
from fact_sales
group by
    cityHash64(fact_sales.store_id),
    cityHash64(fact_sales.cashier_id) + 3 * cityHash64(fact_sales.currency),
    hour,
    business_date,
    till_id
settings insert_deduplication_token = '0010_live_measures';

insert into till_incidents
select
    store_id,
    business_date,
    till_id,
    cashier_id,
    countIf(kind = 'price_override') as price_overrides,
    countIf(kind = 'void') as voids,
    countIf(kind = 'refund') as refunds
from fact_pos_events
where kind in ('price_override', 'void', 'refund')
group by store_id, business_date, till_id, cashier_id
settings insert_deduplication_token = '0010_live_measures';

create materialized view tills_added_mv to tills_added as
select
    any(fact_sales.store_id) as store_id,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    business_date,
    till_id,
    any(fact_sales.cashier_id) as cashier_id,
    any(fact_sales.currency) as currency,
    countIf(id_hash != 0 and kind = 'sale' and (replay_of = '' or endsWith(replay_of, '/0'))) as baskets,
    countIf(id_hash != 0 and kind = 'return' and (replay_of = '' or endsWith(replay_of, '/0'))) as returns,
    countIf(kind = 'sale') as lines,
    sumIf(if(unit = 'each', quantity, 1), kind = 'sale') as pieces,
    sumIf(net_amount, kind = 'sale') as sold_amount,
    -sumIf(net_amount, kind = 'return') as returned_amount
from fact_sales
group by
    cityHash64(fact_sales.store_id),
    cityHash64(fact_sales.cashier_id) + 3 * cityHash64(fact_sales.currency),
    hour,
    business_date,
    till_id;

create materialized view till_incidents_mv to till_incidents as
select
    store_id,
    business_date,
    till_id,
    cashier_id,
    countIf(kind = 'price_override') as price_overrides,
    countIf(kind = 'void') as voids,
    countIf(kind = 'refund') as refunds
from fact_pos_events
where kind in ('price_override', 'void', 'refund')
group by store_id, business_date, till_id, cashier_id;

-- The time of a store, by its own baskets: one row is a store. Two tills have come as far as `as_of`, so one till whose
-- clock is ahead moves nothing, and two have sold since `since` (of a store with one till, that one).
create view store_clock as
select
    clock.store_id as store_id,
    clock.reached as as_of,
    clock.began as since,
    if(store.zone = '', 'UTC', store.zone) as time_zone,
    store.money as currency,
    toDate(toString(as_of, time_zone)) as today
from
(
    select
        store_id,
        arrayReverseSort(groupArray(last))[if(count() > 1, 2, 1)] as reached,
        arraySort(groupArray(first))[if(count() > 1, 2, 1)] as began
    from
    (
        select store_id, till_id, min(first_hour) as first, max(last_hour) as last
        from till_clock
        group by store_id, till_id
    )
    group by store_id
) as clock
left join
(
    select store_id, argMax(time_zone, updated_at) as zone, argMax(currency, updated_at) as money
    from dim_store
    group by store_id
) as store on store.store_id = clock.store_id;

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
inner join observed on observed.store_id = sold.store_id;

-- Each finished hour of a store's last seven days beside the same weekday and local hour of the eight weeks before: as
-- arrays, from which the two views below are made. An hour without sales counts 0 once the store has begun to sell; an
-- hour that the change to summer time leaves out is no observation, and the one that comes twice is two. Hours begin
-- with those of UTC, also where a zone is half an hour off.
create view store_hours_compared as
with
    (select groupArray((store_id, as_of, since, time_zone)) from store_clock) as all_clocks,
    clocks as
    (
        select
            arrayJoin(all_clocks) as clock,
            clock.1 as store_id,
            clock.2 as as_of,
            clock.3 as since,
            clock.4 as time_zone
    ),
    hourly as
    (
        -- Nine weeks and the hour by which the change of the clocks may shift them, dense, the newest first.
        select
            store_id,
            currency,
            any(clocks.as_of) as as_of,
            any(clocks.since) as since,
            any(clocks.time_zone) as time_zone,
            groupArrayInsertAt(0, 1514)(sold, hours_ago) as sold_amounts,
            groupArrayInsertAt(0, 1514)(returned, hours_ago) as returned_amounts,
            groupArrayInsertAt(0, 1514)(sales, hours_ago) as basket_counts
        from
        (
            select
                store_hourly.store_id as store_id,
                store_hourly.currency as currency,
                toUInt32(dateDiff('hour', hour, as_of) - 1) as hours_ago,
                sum(sold_amount) as sold,
                sum(returned_amount) as returned,
                sum(baskets) as sales
            from store_hourly
            inner join clocks on clocks.store_id = store_hourly.store_id
            where (store_id, toDate(hour)) in
                (
                    select store_id, arrayJoin(arrayMap(days -> toDate(as_of) - days, range(65)))
                    from clocks
                )
                and hour >= as_of - 3600 * 1514
                and hour < as_of
            group by store_id, currency, hours_ago
        ) as hours
        inner join clocks on clocks.store_id = hours.store_id
        group by store_id, currency
    )
select
    store_id,
    currency,
    current.1 as hour,
    current.2 as local_hour,
    current.3 as revenue,
    current.4 as baskets,
    arrayFilter(x -> x.2 < local_hour and x.2 >= local_hour - 8 * 604800, hours) as before,
    before.3 as previous_revenue,
    before.4 as previous_baskets,
    as_of
from
(
    select
        store_id,
        currency,
        any(as_of) as as_of,
        groupArray((hour, local_hour, revenue, baskets)) as hours
    from
    (
        select
            store_id,
            currency,
            as_of,
            as_of - 3600 * (hours_ago + 1) as hour,
            toDateTime(toString(hour, time_zone), 'UTC') as local_hour,
            sold - returned as revenue,
            baskets
        from hourly
        array join
            sold_amounts as sold,
            returned_amounts as returned,
            basket_counts as baskets,
            range(1514) as hours_ago
        where hour >= since
    )
    group by store_id, currency, toDayOfWeek(local_hour), toHour(local_hour)
    -- Hours at which the store is closed.
    having max(baskets) > 0 or min(revenue) != 0 or max(revenue) != 0
)
array join arrayFilter(x -> x.1 >= as_of - 604800, hours) as current;

-- Revenue per hour and store against the same hour of previous weeks: one row is a store, currency and finished hour of
-- the last seven days. Amounts are minor units, returns taken off. Null while there is no earlier week to compare with,
-- or nothing to divide by.
create view revenue_by_hour_compared as
with arrayReduce('quantileExactInclusive(0.5)', previous_revenue) as median, arrayAvg(previous_revenue) as mean
select
    store_id,
    currency,
    hour,
    local_hour,
    revenue,
    toUInt8(length(previous_revenue)) as weeks,
    if(weeks = 0, null, median) as median_revenue,
    if(weeks = 0, null, mean) as mean_revenue,
    revenue - median_revenue as difference,
    if(median_revenue = 0, null, revenue / median_revenue) as ratio,
    as_of
from store_hours_compared;

-- Anomaly of rate: whether a store's baskets and revenue of an hour are unlike the same hour of previous weeks, by the
-- modified z-score (x - median) / (1.4826 * MAD), an outlier where it is past 3.5 either way (Iglewicz and Hoaglin, How
-- to Detect and Handle Outliers, 1993). Two additions: with fewer than four weeks there is no score, and the spread is
-- never taken for less than that of counting alone, the square root of the median (a Poisson count varies so much by
-- itself), for revenue times the median amount of a basket; so weeks that happen to agree make no outlier of the next.
create view rate_anomalies as
with
    arrayReduce('quantileExactInclusive(0.5)', previous_baskets) as middle_baskets,
    arrayReduce('quantileExactInclusive(0.5)', previous_revenue) as middle_revenue,
    arrayMap(x -> abs(x - middle_baskets), previous_baskets) as off_baskets,
    arrayMap(x -> abs(x - middle_revenue), previous_revenue) as off_revenue,
    1.4826 * arrayReduce('quantileExactInclusive(0.5)', off_baskets) as spread_baskets,
    1.4826 * arrayReduce('quantileExactInclusive(0.5)', off_revenue) as spread_revenue,
    greatest(middle_baskets, 1) as counted
select
    store_id,
    currency,
    hour,
    local_hour,
    toUInt8(length(previous_baskets)) as weeks,
    baskets,
    if(weeks = 0, null, middle_baskets) as median_baskets,
    if(weeks < 4, null, (baskets - middle_baskets) / greatest(spread_baskets, sqrt(counted))) as baskets_z,
    revenue,
    if(weeks = 0, null, middle_revenue) as median_revenue,
    if(
        weeks < 4 or (spread_revenue = 0 and middle_revenue = 0),
        null,
        (revenue - middle_revenue) / greatest(spread_revenue, abs(middle_revenue) / sqrt(counted))
    ) as revenue_z,
    toBool(ifNull(abs(baskets_z) > 3.5, 0)) as baskets_anomaly,
    toBool(ifNull(abs(revenue_z) > 3.5, 0)) as revenue_anomaly,
    as_of
from store_hours_compared;

-- Both of all stores, as they were a moment ago: worked out again a minute after the last time, and quick to sort.
create materialized view revenue_overview
refresh after 1 minute
engine = MergeTree
order by (store_id, hour, currency)
as select * from revenue_by_hour_compared
settings max_threads = 1;

create materialized view anomalies_overview
refresh after 1 minute
engine = MergeTree
order by (store_id, hour, currency)
as select * from rate_anomalies
settings max_threads = 1;

-- Basket size: one row is a store, currency and hour. Baskets of kind sale; means, which cost nothing.
create view basket_size as
select
    store_id,
    hour,
    currency,
    sum(store_hourly.baskets) as baskets,
    sum(store_hourly.lines) / baskets as lines_per_basket,
    sum(store_hourly.pieces) / baskets as pieces_per_basket,
    sum(store_hourly.sold_amount) / baskets as amount_per_basket
from store_hourly
group by store_id, hour, currency
having baskets > 0;

-- One row is a basket; a line that was corrected and sent again is in it. Made of fact rows, in their order: ask for a
-- store and a range of event_time.
create view baskets as
select
    store_id,
    event_time,
    basket_id,
    any(fact_sales.kind) as kind,
    any(fact_sales.till_id) as till_id,
    any(fact_sales.cashier_id) as cashier_id,
    any(fact_sales.currency) as currency,
    count() as lines,
    sum(if(unit = 'each', quantity, sign(quantity))) as pieces,
    sum(fact_sales.net_amount) as net_amount
from fact_sales
group by store_id, event_time, basket_id;

-- Medians of basket size, by store, currency and hour. Made of fact rows: ask for a range of hours, and of a store.
create view basket_size_medians as
select
    store_id,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    currency,
    count() as baskets,
    quantileExactInclusive(0.5)(lines) as median_lines,
    quantileExactInclusive(0.5)(pieces) as median_pieces,
    quantileExactInclusive(0.5)(net_amount) as median_amount
from baskets
where kind = 'sale'
group by store_id, hour, currency;

-- Refunds, price overrides and voids by till and by cashier: one row is a till or a cashier (`by`) of a store, over its
-- last 28 business days with today. Rates are events per 100 baskets of kind sale. A z-score holds a count against that
-- of all others of the store, as two Poisson counts with one rate: (x - n X / N) / sqrt(n X / (N - n)), with x events of
-- n baskets here and X of N in the store (control limits of a funnel plot: Spiegelhalter, Statistics in Medicine 24,
-- 2005). Amounts are in the store's own currency; what was paid in another is left out.
create view incident_rates as
with
    (select groupArray((store_id, as_of, today, currency)) from store_clock) as all_clocks,
    clocks as
    (
        select
            arrayJoin(all_clocks) as clock,
            clock.1 as store_id,
            clock.2 as as_of,
            clock.3 as today,
            clock.4 as currency
    ),
    days_counted as
    (
        select store_id, arrayJoin(arrayMap(days -> today - days, range(28))) as business_date
        from clocks
    ),
    counted as
    (
        select
            store_id,
            by,
            id,
            sum(baskets) as n,
            sum(refunds) as refunded,
            sum(price_overrides) as overridden,
            sum(voids) as voided,
            sum(sold) as sold_amount,
            sum(returned) as returned_amount
        from
        (
            select
                till_daily.store_id as store_id,
                till_id,
                cashier_id,
                baskets,
                0 as refunds,
                0 as price_overrides,
                0 as voids,
                if(till_daily.currency = clocks.currency, sold_amount, 0) as sold,
                if(till_daily.currency = clocks.currency, returned_amount, 0) as returned
            from till_daily
            inner join clocks on clocks.store_id = till_daily.store_id
            where (till_daily.store_id, business_date) in (select store_id, business_date from days_counted)
            union all
            select store_id, till_id, cashier_id, 0, refunds, price_overrides, voids, 0, 0
            from till_incidents
            where (store_id, business_date) in (select store_id, business_date from days_counted)
        )
        array join ['till', 'cashier'] as by, [toString(till_id), cashier_id] as id
        where id != ''
        group by store_id, by, id
    ),
    compared as
    (
        select
            *,
            sum(n) over of_store as n_all,
            sum(refunded) over of_store as refunded_all,
            sum(overridden) over of_store as overridden_all,
            sum(voided) over of_store as voided_all
        from counted
        window of_store as (partition by store_id, by)
    ),
    n / nullIf(n_all - n, 0) as odds
select
    compared.store_id as store_id,
    by,
    id,
    n as baskets,
    refunded as refunds,
    overridden as price_overrides,
    voided as voids,
    100 * refunds / nullIf(n, 0) as refunds_per_100,
    100 * price_overrides / nullIf(n, 0) as overrides_per_100,
    100 * voids / nullIf(n, 0) as voids_per_100,
    (refunds - refunded_all * n / n_all) / sqrt(nullIf(odds * refunded_all, 0)) as refunds_z,
    (price_overrides - overridden_all * n / n_all) / sqrt(nullIf(odds * overridden_all, 0)) as overrides_z,
    (voids - voided_all * n / n_all) / sqrt(nullIf(odds * voided_all, 0)) as voids_z,
    clocks.currency as currency,
    sold_amount,
    returned_amount,
    returned_amount / nullIf(sold_amount, 0) as returned_share,
    as_of
from compared
inner join clocks on clocks.store_id = compared.store_id;

-- Stream lag, by the producers' and the warehouse's clocks: one row is a partition of a topic's life. Rows per minute and
-- waits are of the blocks that were loaded within 15 minutes before the newest load of any partition. Every message of a
-- block is taken to be as old as its oldest, so the waits are upper bounds. What Kafka holds and no block has yet is not
-- known here: the Pipeline page and the API tell it.
create view stream_lag as
with (select max(loaded_at) from lake_objects) - interval 15 minute as recent
select
    topic,
    epoch,
    partition,
    max(end_offset) as end_offset,
    max(produced_max) as newest_produced_at,
    max(lake_objects.loaded_at) as newest_loaded_at,
    sumIf(rows_accepted + rows_refused, loaded_at > recent) / 15 as rows_per_minute,
    countIf(loaded_at > recent and messages > 0) as recent_blocks,
    if(
        recent_blocks = 0,
        null,
        quantileExactWeightedIf(0.5)(
            greatest(0, dateDiff('millisecond', produced_min, loaded_at)),
            toUInt64(messages),
            loaded_at > recent and messages > 0
        )
    ) as wait_p50_ms,
    if(
        recent_blocks = 0,
        null,
        quantileExactWeightedIf(0.99)(
            greatest(0, dateDiff('millisecond', produced_min, loaded_at)),
            toUInt64(messages),
            loaded_at > recent and messages > 0
        )
    ) as wait_p99_ms
from lake_objects
group by topic, epoch, partition;
