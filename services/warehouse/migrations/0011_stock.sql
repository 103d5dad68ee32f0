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
    sale_lines Int64,
    movements Int64
)
engine = SummingMergeTree((sold, moved, sale_lines, movements))
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
    sum(fact_sales.quantity) as sold,
    0 as moved,
    count() as sale_lines,
    0 as movements
from fact_sales
where kind = 'sale'
group by store_id, sku, hour, unit
settings insert_deduplication_token = '0011_stock/sales';

insert into stock_changes
select
    store_id,
    sku,
    toStartOfHour(toDateTime(event_time, 'UTC')) as hour,
    unit,
    0 as sold,
    sum(fact_inventory.quantity) as moved,
    0 as sale_lines,
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
    sum(sales_added.lines) as sale_lines,
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
    -toInt64(count()) as sale_lines,
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
    toInt64(0) as sale_lines,
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
    max(counted.counted_at) as counted_at
from
(
    select store_id, sku, counted_at, any(stock_counts.unit) as unit, sum(stock_counts.quantity) as quantity
    from stock_counts
    group by store_id, sku, counted_at
) as counted
group by store_id, sku;

-- The hour of the last count of a SKU, where something was sold or moved in it: before the count, after it, or both.
create view stock_count_hours as
select
    changes.store_id as store_id,
    changes.sku as sku,
    changes.hour as hour,
    any(counts.counted_at) as counted_at,
    sum(changes.sale_lines) as sale_lines,
    sum(changes.movements) as movements
from stock_changes as changes
inner join
(
    select store_id, sku, counted_at, toStartOfHour(toDateTime(counted_at, 'UTC')) as hour
    from stock_last_counts
) as counts on counts.store_id = changes.store_id and counts.sku = changes.sku and counts.hour = changes.hour
group by store_id, sku, hour;

-- Stock on hand by the book: one row is a SKU of a store. Without a count it is what came in less what went out since the
-- platform listens, and may be below 0.
create view stock_on_hand as
select
    parts.store_id as store_id,
    parts.sku as sku,
    any(parts.unit) as unit,
    sum(parts.part) as on_hand,
    nullIf(max(parts.counted_at), toDateTime64(0, 3, 'UTC')) as last_count_at
from
(
    select store_id, sku, unit, quantity as part, counted_at
    from stock_last_counts
    union all
    select
        changes.store_id as store_id,
        changes.sku as sku,
        changes.unit as unit,
        changes.moved - changes.sold as part,
        toDateTime64(0, 3, 'UTC') as counted_at
    from stock_changes as changes
    left join stock_last_counts as counts on counts.store_id = changes.store_id and counts.sku = changes.sku
    where changes.hour > ifNull(toStartOfHour(toDateTime(counts.counted_at, 'UTC')), toDateTime(0, 'UTC'))
    union all
    select
        sales.store_id as store_id,
        sales.sku as sku,
        sales.unit as unit,
        -toInt64(sales.quantity) as part,
        toDateTime64(0, 3, 'UTC') as counted_at
    from fact_sales as sales
    inner join (select * from stock_count_hours where sale_lines > 0) as hours
        on hours.store_id = sales.store_id
        and hours.sku = sales.sku
        and hours.hour = toStartOfHour(toDateTime(sales.event_time, 'UTC'))
    where sales.kind = 'sale' and sales.event_time > hours.counted_at
    union all
    select
        moves.store_id as store_id,
        moves.sku as sku,
        moves.unit as unit,
        toInt64(moves.quantity) as part,
        toDateTime64(0, 3, 'UTC') as counted_at
    from fact_inventory as moves
    inner join (select * from stock_count_hours where movements > 0) as hours
        on hours.store_id = moves.store_id
        and hours.sku = moves.sku
        and hours.hour = toStartOfHour(toDateTime(moves.event_time, 'UTC'))
    where moves.kind != 'count' and moves.event_time > hours.counted_at
) as parts
group by store_id, sku;

-- Stock by lot: one row is a lot of which something is on hand. Sales and movements that name no lot are taken from the
-- lot that expires first (FEFO), so what is on hand is filled into the lots from the one that expires last. A lot holds
-- its last count, if it was counted, and what moved after it. `lot` is empty where no known lot accounts for the stock.
create view stock_lots as
select
    store_id,
    sku,
    unit,
    tupleElement(slot, 2) as lot,
    if(lot = '' or tupleElement(slot, 1) = toDate('2149-06-06'), null, tupleElement(slot, 1)) as expires_on,
    least(tupleElement(slot, 3), greatest(position - (reached - tupleElement(slot, 3)), 0)) as on_hand
from
(
    select
        store_id,
        sku,
        any(all_lots.unit) as unit,
        max(all_lots.position) as position,
        arrayReverseSort(groupArray((all_lots.expires_on, all_lots.lot, all_lots.quantity))) as slots,
        arrayCumSum(tupleElement(slots, 3)) as reached_by_slot
    from
    (
        select
            store_id,
            sku,
            unit,
            expires_on,
            lot,
            greatest(
                arraySum(
                    move -> if(move.1 ? move.2 = counted_at : move.2 > counted_at, move.3, 0),
                    groupArray((is_count, event_time, quantity))
                ),
                0
            ) as quantity,
            maxIf(event_time, is_count) as counted_at,
            toInt64(0) as position
        from stock_lot_changes
        group by store_id, sku, unit, expires_on, lot
        union all
        -- Sorted behind all lots, it takes what they do not hold.
        select
            store_id,
            sku,
            unit,
            toDate(0) as expires_on,
            '' as lot,
            greatest(on_hand, 0) as quantity,
            toDateTime64(0, 3, 'UTC') as counted_at,
            greatest(on_hand, 0) as position
        from stock_on_hand
    ) as all_lots
    group by store_id, sku
)
array join slots as slot, reached_by_slot as reached
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
    select *, max(if(opening, told_at, toDateTime64(0, 3, 'UTC'))) over (partition by store_id) as opened_at
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
where lines.told_at >= lines.opened_at;

-- How unevenly a SKU sells: units of a day and their variance, over the last whole days of the stream, up to 28.
create view stock_demand_spread as
select
    daily.store_id as store_id,
    daily.sku as sku,
    daily.unit as unit,
    sum(daily.units) / greatest(sum(daily.lines), 1) as units_per_line,
    toUInt8(least(any(daily.known_days), 28)) as days,
    if(
        days < 14,
        null,
        greatest(sum(daily.units * daily.units) - sum(daily.units) * sum(daily.units) / days, 0) / (days - 1)
    ) as daily_variance
from
(
    select
        sales_hourly.store_id as store_id,
        sales_hourly.sku as sku,
        sales_hourly.unit as unit,
        intDiv(dateDiff('hour', sales_hourly.hour, clock.as_of) - 1, 24) as days_ago,
        any(intDiv(dateDiff('hour', clock.since, clock.as_of), 24)) as known_days,
        sum(sales_hourly.quantity) as units,
        sum(sales_hourly.lines) as lines
    from sales_hourly
    inner join store_clock as clock on clock.store_id = sales_hourly.store_id
    where (sales_hourly.store_id, toDate(sales_hourly.hour)) in
        (select store_id, arrayJoin(arrayMap(days -> toDate(as_of) - days, range(29))) from store_clock)
        and sales_hourly.hour < clock.as_of
        and sales_hourly.hour >= clock.as_of - 86400 * least(28, intDiv(dateDiff('hour', clock.since, clock.as_of), 24))
    group by store_id, sku, unit, days_ago
) as daily
group by store_id, sku, unit;

-- Stock at a glance: one row is a SKU of a store. Ask for a store; stock_overview has all of them.
--
-- Stock-out risk is the probability that demand over the supplier's lead time is more than what is on hand and what is
-- expected to come in it: an order placed now would be too late. Demand over the lead time is taken to be normal, with
-- mean d L and variance L v + d^2 s^2 of d units a day with variance v, and a lead time of mean L and standard deviation
-- s in days (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed., ch. 6). v is never
-- taken for less than that of a compound Poisson demand, d times the units of a usual line; half a unit is added to the
-- stock because demand comes in whole units.
create view stock_status as
select
    stock.store_id as store_id,
    stock.sku as sku,
    stock.unit as unit,
    stock.on_hand as on_hand,
    stock.last_count_at as last_count_at,
    ordered.on_order as on_order,
    ordered.next_expected_on as next_expected_on,
    lots.earliest_expires_on as earliest_expires_on,
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
        lead_time_days_mean * greatest(ifNull(spread.daily_variance, 0), units_per_day_28 * greatest(spread.units_per_line, 1))
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
from stock_on_hand as stock
left join store_clock as clock on clock.store_id = stock.store_id
left join sales_velocity as velocity
    on velocity.store_id = stock.store_id and velocity.sku = stock.sku and velocity.unit = stock.unit
left join stock_demand_spread as spread
    on spread.store_id = stock.store_id and spread.sku = stock.sku and spread.unit = stock.unit
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
left join
(
    select store_id, sku, min(expires_on) as earliest_expires_on
    from stock_lots
    group by store_id, sku
) as lots on lots.store_id = stock.store_id and lots.sku = stock.sku
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
-- is followed by the next one half a minute later, and takes one processor core.
create materialized view stock_overview
refresh after 30 second
engine = MergeTree
order by (store_id, sku)
as select * from stock_status
settings max_threads = 1;
