-- Stock by the book: what a store believes it has of each SKU and lot, what it has ordered, how long that lasts, and how
-- likely it is to run out. The position is a fold over events by their event_time, in whatever order they were loaded:
--
--   on hand = last count + movements after it - sales after it
--
-- A count is all count movements of a SKU with one event_time: where lots are counted one by one, they add up. It holds
-- whatever happened up to its instant, so a sale before the count that is loaded after it is not taken off again. What
-- customers bring back is no stock until the store puts it back on the shelf, with a movement of kind return.

-- The file begins anew when it is run again, and what the warehouse holds already is summed in it.
drop view if exists stock_overview;
drop view if exists stock_sales_mv;
drop view if exists stock_returned_mv;
drop view if exists stock_movements_mv;
drop view if exists stock_counts_mv;
drop view if exists stock_lot_changes_mv;
drop view if exists order_receipts_mv;
drop table if exists stock_changes;
drop table if exists stock_counts;
drop table if exists stock_lot_changes;
drop table if exists order_receipts;

-- By the hour, because sales_added has them so: the hour in which a SKU was last counted is taken apart by instants.
create table stock_changes
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    hour DateTime('UTC') comment 'of event time',
    unit LowCardinality(String),
    sold Int64 comment 'in unit, over the till; what came back is not taken off',
    moved Int64 comment 'in unit: signed movements but for counts',
    lines Int64 comment 'of baskets, also those of returns',
    movements Int64
)
engine = SummingMergeTree((sold, moved, lines, movements))
order by (store_id, sku, hour, unit)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

create table stock_counts
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    counted_at DateTime64(3, 'UTC'),
    unit LowCardinality(String),
    quantity Int64 comment 'in unit: the lots that were counted at this instant together',
    counts Int64 comment 'count movements; keeps a count of 0'
)
engine = SummingMergeTree((quantity, counts))
order by (store_id, sku, counted_at, unit)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- Movements that name a lot.
create table stock_lot_changes
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    expires_on Date comment 'last day of sale; 2149-06-06 when unknown',
    lot String,
    unit LowCardinality(String),
    is_count Bool,
    event_time DateTime64(3, 'UTC'),
    quantity Int64 comment 'in unit; signed change, or the counted stock',
    movements Int64
)
engine = SummingMergeTree((quantity, movements))
order by (store_id, sku, expires_on, lot, unit, is_count, event_time)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- Which order lines were answered.
create table order_receipts
(
    store_id LowCardinality(String),
    received_on Date comment 'calendar day at the store',
    sku LowCardinality(String),
    purchase_order_id String,
    quantity Int64 comment 'in unit; 0 when nothing came of the line',
    receipts Int64
)
engine = SummingMergeTree((quantity, receipts))
order by (store_id, received_on, sku, purchase_order_id)
settings non_replicated_deduplication_window = 10000, merge_selector_base = 10;

-- Lines of orders as sources tell them, in objects of the lake. Not made of blocks: a rebuild leaves it as it is.
create table fact_purchase_orders
(
    store_id LowCardinality(String),
    sku LowCardinality(String),
    purchase_order_id String,
    supplier_id LowCardinality(String),
    quantity Int64 comment 'in unit',
    unit LowCardinality(String),
    ordered_at DateTime64(3, 'UTC'),
    ordered_on Date materialized toDate(ordered_at),
    expected_on Nullable(Date) comment 'day at the store',
    told_at DateTime64(3, 'UTC') comment 'store time; the line told last holds',
    opening Bool comment 'one of all lines that the store had on order: what was told before and not again is over',
    source LowCardinality(String),
    object String comment 'in the raw zone'
)
engine = ReplacingMergeTree(told_at)
order by (store_id, ordered_on, sku, purchase_order_id);

insert into stock_changes
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    sumIf(fact_sales.quantity, kind = 'sale') as sold,
    0 as moved,
    count() as lines,
    0 as movements
from fact_sales
group by store_id, sku, hour, unit
-- In the order of the table: memory holds an hour of a store, and not all of them.
settings insert_deduplication_token = '0011_stock/sales', optimize_aggregation_in_order = 1;

insert into stock_changes
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    0 as sold,
    sum(fact_inventory.quantity) as moved,
    0 as lines,
    count() as movements
from fact_inventory
where kind != 'count'
group by store_id, sku, hour, unit
settings insert_deduplication_token = '0011_stock/movements';

insert into stock_counts
select store_id, sku, event_time as counted_at, unit, sum(fact_inventory.quantity) as quantity, count() as counts
from fact_inventory
where kind = 'count'
group by store_id, sku, counted_at, unit
settings insert_deduplication_token = '0011_stock';

insert into stock_lot_changes
select
    store_id,
    sku,
    ifNull(fact_inventory.expires_on, toDate('2149-06-06')) as expires_on,
    lot,
    unit,
    kind = 'count' as is_count,
    event_time,
    sum(fact_inventory.quantity) as quantity,
    count() as movements
from fact_inventory
where lot != ''
group by store_id, sku, expires_on, lot, unit, is_count, event_time
settings insert_deduplication_token = '0011_stock';

insert into order_receipts
select
    store_id,
    business_date as received_on,
    sku,
    purchase_order_id,
    sum(fact_inventory.quantity) as quantity,
    count() as receipts
from fact_inventory
where kind = 'receipt' and purchase_order_id != ''
group by store_id, received_on, sku, purchase_order_id
settings insert_deduplication_token = '0011_stock';

create materialized view stock_sales_mv to stock_changes as
select
    store_id,
    sku,
    hour,
    unit,
    sum(sales_added.quantity) as sold,
    toInt64(0) as moved,
    sum(sales_added.lines) as lines,
    toInt64(0) as movements
from sales_added
group by store_id, sku, hour, unit;

-- sales_added has taken returns off, so they are put back.
create materialized view stock_returned_mv to stock_changes as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    -sum(fact_sales.quantity) as sold,
    toInt64(0) as moved,
    toInt64(0) as lines,
    toInt64(0) as movements
from fact_sales
where kind = 'return'
group by store_id, sku, hour, unit;

create materialized view stock_movements_mv to stock_changes as
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    toInt64(0) as sold,
    sum(fact_inventory.quantity) as moved,
    toInt64(0) as lines,
    toInt64(count()) as movements
from fact_inventory
where kind != 'count'
group by store_id, sku, hour, unit;

create materialized view stock_counts_mv to stock_counts as
select store_id, sku, event_time as counted_at, unit, sum(fact_inventory.quantity) as quantity, toInt64(count()) as counts
from fact_inventory
where kind = 'count'
group by store_id, sku, counted_at, unit;

create materialized view stock_lot_changes_mv to stock_lot_changes as
select
    store_id,
    sku,
    ifNull(fact_inventory.expires_on, toDate('2149-06-06')) as expires_on,
    lot,
    unit,
    kind = 'count' as is_count,
    event_time,
    sum(fact_inventory.quantity) as quantity,
    toInt64(count()) as movements
from fact_inventory
where lot != ''
group by store_id, sku, expires_on, lot, unit, is_count, event_time;

create materialized view order_receipts_mv to order_receipts as
select
    store_id,
    business_date as received_on,
    sku,
    purchase_order_id,
    sum(fact_inventory.quantity) as quantity,
    toInt64(count()) as receipts
from fact_inventory
where kind = 'receipt' and purchase_order_id != ''
group by store_id, received_on, sku, purchase_order_id;

-- One row is a SKU that a store has counted.
create view stock_last_counts as
select
    store_id,
    sku,
    argMax(counted.unit, counted.counted_at) as unit,
    argMax(counted.quantity, counted.counted_at) as quantity,
    max(counted.counted_at) as counted_at,
    toStartOfHour(toDateTime(counted_at, 'UTC')) as hour
from
(
    select store_id, sku, counted_at, any(stock_counts.unit) as unit, sum(stock_counts.quantity) as quantity
    from stock_counts
    group by store_id, sku, counted_at
) as counted
group by store_id, sku;

-- One row is a SKU of a store: what is on hand, and the hours of its last 28 days. Hours after that of the last count
-- count as they are; that hour itself is made of the events after the count.
create view stock_by_sku as
with
    (
        select if(count() = 0, toDateTime(0, 'UTC'), toStartOfHour(min(as_of)) - interval 28 day)
        from store_clock
    ) as recent
select
    store_id,
    sku,
    any(parts.unit) as unit,
    max(parts.counted_at) as counted_at,
    groupArrayArray(parts.hours) as hours,
    multiIf(
        counted_at = toDateTime64(0, 3, 'UTC'), sum(parts.ever),
        counted_at < recent, sum(parts.counted),
        sum(parts.counted)
            + arraySum(its -> if(its.1 > toStartOfHour(toDateTime(counted_at, 'UTC')), its.2 - its.3, 0), hours)
    ) as on_hand
from
(
    select
        store_id,
        sku,
        unit,
        toDateTime64(0, 3, 'UTC') as counted_at,
        toInt64(0) as counted,
        ever,
        hours
    from
    (
        select
            store_id,
            sku,
            any(stock_changes.unit) as unit,
            sum(moved) - sum(sold) as ever,
            groupArrayIf((hour, moved, sold, lines), hour >= recent) as hours
        from stock_changes
        group by store_id, sku
        -- As the table is sorted: memory holds one SKU at a time.
        settings optimize_aggregation_in_order = 1
    )
    union all
    select store_id, sku, unit, counted_at, quantity, 0, []
    from stock_last_counts
    union all
    select sales.store_id, sales.sku, sales.unit, toDateTime64(0, 3, 'UTC'), -toInt64(sales.quantity), 0, []
    from fact_sales as sales
    inner join stock_last_counts as counts
        on counts.store_id = sales.store_id
        and counts.sku = sales.sku
        and counts.hour = toStartOfHour(toDateTime(sales.event_time, 'UTC'))
    where sales.kind = 'sale' and sales.event_time >= recent and sales.event_time > counts.counted_at
    union all
    select moves.store_id, moves.sku, moves.unit, toDateTime64(0, 3, 'UTC'), toInt64(moves.quantity), 0, []
    from fact_inventory as moves
    inner join stock_last_counts as counts
        on counts.store_id = moves.store_id
        and counts.sku = moves.sku
        and counts.hour = toStartOfHour(toDateTime(moves.event_time, 'UTC'))
    where moves.kind != 'count' and moves.event_time >= recent and moves.event_time > counts.counted_at
    union all
    -- What was counted so long ago that not all hours since are at hand.
    select sales.store_id, sales.sku, sales.unit, toDateTime64(0, 3, 'UTC'), -toInt64(sales.quantity), 0, []
    from fact_sales as sales
    inner join stock_last_counts as counts on counts.store_id = sales.store_id and counts.sku = sales.sku
    where counts.counted_at < recent and sales.kind = 'sale' and sales.event_time > counts.counted_at
    union all
    select moves.store_id, moves.sku, moves.unit, toDateTime64(0, 3, 'UTC'), toInt64(moves.quantity), 0, []
    from fact_inventory as moves
    inner join stock_last_counts as counts on counts.store_id = moves.store_id and counts.sku = moves.sku
    where counts.counted_at < recent and moves.kind != 'count' and moves.event_time > counts.counted_at
) as parts
group by store_id, sku;

-- Stock on hand by the book: one row is a SKU of a store. Without a count it is what came in less what went out since the
-- platform listens, and may be below 0.
create view stock_on_hand as
select
    store_id,
    sku,
    unit,
    on_hand,
    nullIf(counted_at, toDateTime64(0, 3, 'UTC')) as last_count_at
from stock_by_sku;

-- One row is a SKU of a store: its known lots, the one that expires last first, as (expires_on, lot, quantity, quantity of
-- it and all before it). A lot holds its last count, if it was counted, and what moved after it.
create view stock_known_lots as
select
    store_id,
    sku,
    arrayReverseSort(groupArray((known.expires_on, known.lot, known.quantity))) as sorted,
    arrayMap(
        (its, reached) -> (its.1, its.2, its.3, reached),
        sorted,
        arrayCumSum(its -> its.3, sorted)
    ) as lots
from
(
    select
        store_id,
        sku,
        expires_on,
        lot,
        maxIf(event_time, is_count) as counted_at,
        arraySum(
            move -> if(move.1 ? move.2 = counted_at : move.2 > counted_at, move.3, 0),
            groupArray((is_count, event_time, quantity))
        ) as quantity
    from stock_lot_changes
    group by store_id, sku, expires_on, lot
    having quantity > 0
) as known
group by store_id, sku;

-- Stock by lot: one row is a lot of which something is on hand. Sales and movements that name no lot are taken from the
-- lot that expires first (FEFO), so what is on hand is filled into the lots from the one that expires last. `lot` is
-- empty where no known lot accounts for the stock.
create view stock_lots as
select
    store_id,
    sku,
    unit,
    tupleElement(its, 2) as lot,
    nullIf(nullIf(tupleElement(its, 1), toDate('2149-06-06')), toDate(0)) as expires_on,
    least(tupleElement(its, 3), position - (tupleElement(its, 4) - tupleElement(its, 3))) as on_hand
from
(
    select
        stock.store_id as store_id,
        stock.sku as sku,
        stock.unit as unit,
        stock.on_hand as position,
        arrayConcat(
            known.lots,
            [(toDate(0), '', greatest(position - known_units, 0), greatest(position, known_units))]
        ) as slots,
        arraySum(its -> its.3, known.lots) as known_units
    from stock_by_sku as stock
    left join stock_known_lots as known on known.store_id = stock.store_id and known.sku = stock.sku
)
array join slots as its
where on_hand > 0;

-- What is on order: one row is a line of an order. A line is closed by its receipt, also by one that comes short, or when
-- its source tells all open lines of the store (`opening`) without it. Of what has not come after 90 days nobody knows.
create view stock_on_order as
with days as
(
    select store_id, arrayJoin(arrayMap(days -> toDate(as_of) + 2 - days, range(93))) as day
    from store_clock
)
select
    lines.store_id as store_id,
    lines.sku as sku,
    lines.purchase_order_id as purchase_order_id,
    lines.supplier_id as supplier_id,
    lines.quantity as quantity,
    lines.unit as unit,
    lines.ordered_at as ordered_at,
    lines.expected_on as expected_on,
    lines.source as source
from
(
    -- Reads the days of each store and no others, by the table's order.
    select *
    from fact_purchase_orders final
    where (store_id, ordered_on) in (select store_id, day from days)
) as lines
left anti join
(
    select store_id, sku, purchase_order_id
    from order_receipts
    where (store_id, received_on) in (select store_id, day from days)
) as receipts
    on receipts.store_id = lines.store_id
    and receipts.sku = lines.sku
    and receipts.purchase_order_id = lines.purchase_order_id
left join
(
    select store_id, max(told_at) as opened_at
    from fact_purchase_orders
    where opening and (store_id, ordered_on) in (select store_id, day from days)
    group by store_id
) as openings on openings.store_id = lines.store_id
where lines.told_at >= ifNull(openings.opened_at, toDateTime64(0, 3, 'UTC'));

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
) as supplier on supplier.supplier_id = product.supplier_id;

-- stock_status of all stores, as it was a moment ago: worked out again and again, and quick to sort. A refresh that ends
-- is followed by the next one a minute later, and takes one processor core.
create materialized view stock_overview
refresh after 1 minute
engine = MergeTree
order by (store_id, sku)
as select * from stock_status
settings max_threads = 1;
