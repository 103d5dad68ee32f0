-- Stock by the book: what a store believes it has of each SKU. The position is a fold over events by their event_time,
-- in whatever order they were loaded:
--
--   on hand = last count + movements after it - sales after it
--
-- A count holds whatever happened up to its instant, so a sale before the count that is loaded after it is not taken
-- off again. What customers bring back is no stock until the store puts it back on the shelf, with a movement of kind
-- return.
--
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
group by store_id, sku
