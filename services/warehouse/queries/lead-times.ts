/** How long suppliers took, by the receipts of their orders. */
import type { Reader } from './rows.ts'

/** Orders of a supplier that came alike, or are not there yet; as planning learns lead times from them. */
export interface LeadTimeRow {
  supplier_id: string
  /** Whole days from the order day at the store to its first receipt; of an open order, days that are over since. */
  days: number
  /** Least lead time that the supplier would have delivered on that day too, by its days of delivery. */
  earliest: number
  isOpen: boolean
  /** Orders as they weigh: an order counts half as much for each half-life that it is older. */
  orders: number
  /** Orders as they are. */
  count: number
}

/** Suppliers change slowly, and an order a week gives a dozen in it. */
export const LEAD_TIME_HALF_LIFE_DAYS = 90
/** What is older weighs less than a sixteenth. */
export const LEAD_TIME_WINDOW_DAYS = 365
/** Of what has not come after so long nobody knows whether it will. */
const OPEN_DAYS = 60

/**
 * By supplier. One observation is an order of a store, not its lines, which come together. Orders that a source told as open when it
 * began are left out: of those placed before, only the slow ones were still open.
 */
export async function readLeadTimes(read: Reader): Promise<Map<string, LeadTimeRow[]>> {
  const rows = await read<Omit<LeadTimeRow, 'isOpen'> & { is_open: number | boolean }>(QUERY, {
    window: LEAD_TIME_WINDOW_DAYS,
    half_life: LEAD_TIME_HALF_LIFE_DAYS,
    open: OPEN_DAYS,
  })
  const suppliers = new Map<string, LeadTimeRow[]>()
  for (const { is_open, ...row } of rows) {
    const own = suppliers.get(row.supplier_id) ?? []
    own.push({ ...row, isOpen: Boolean(is_open) })
    suppliers.set(row.supplier_id, own)
  }
  return suppliers
}

const QUERY = `
with
    lines as
    (
        select
            orders.store_id as store_id,
            orders.supplier_id as supplier_id,
            orders.purchase_order_id as purchase_order_id,
            orders.sku as sku,
            orders.ordered_at as ordered_at,
            orders.told_at as told_at,
            orders.opening as opening,
            toDate(toString(orders.ordered_at, clock.time_zone)) as ordered_day,
            clock.today as today
        from
        (
            select *
            from fact_purchase_orders final
            where ordered_on >= (select min(today) from store_clock) - {window:UInt16}
        ) as orders
        inner join store_clock as clock on clock.store_id = orders.store_id
    ),
    told as
    (
        select store_id, min(told_at) as began, maxIf(told_at, opening) as opened
        from fact_purchase_orders
        group by store_id
    ),
    receipts as
    (
        select store_id, purchase_order_id, sku, min(received_on) as received_on
        from order_receipts
        group by store_id, purchase_order_id, sku
    ),
    orders as
    (
        select
            lines.store_id as store_id,
            lines.supplier_id as supplier_id,
            lines.purchase_order_id as purchase_order_id,
            min(lines.ordered_day) as ordered_day,
            any(lines.today) as today,
            max(lines.opening and lines.ordered_at < told.began) as is_truncated,
            -- Told before the last full account and not in it: over, without a receipt.
            max(lines.told_at) < any(told.opened) as is_over,
            minIf(receipts.received_on, receipts.sku != '') as first_receipt,
            countIf(receipts.sku != '') > 0 as has_receipt
        from lines
        inner join told on told.store_id = lines.store_id
        left join receipts
            on receipts.store_id = lines.store_id
            and receipts.purchase_order_id = lines.purchase_order_id
            and receipts.sku = lines.sku
        group by store_id, supplier_id, purchase_order_id
    ),
    deliveries as
    (
        select supplier_id, argMax(dim_supplier.delivery_weekdays, updated_at) as weekdays
        from dim_supplier
        group by supplier_id
    )
select
    supplier_id,
    days,
    -- A day of delivery gathers what became ready since the one before it.
    if(
        not is_open and has(weekdays, toDayOfWeek(first_receipt)),
        greatest(0, days - arrayFirst(gap -> has(weekdays, toDayOfWeek(first_receipt - gap)), range(1, 8)) + 1),
        days
    ) as earliest,
    is_open,
    sum(exp2(-dateDiff('day', ordered_day, today) / {half_life:UInt16})) as orders,
    toUInt32(count()) as count
from
(
    select
        orders.supplier_id as supplier_id,
        not has_receipt as is_open,
        first_receipt,
        ordered_day,
        today,
        -- Today is not over: what is not there yet may still come on it.
        toInt32(if(has_receipt, dateDiff('day', ordered_day, first_receipt), dateDiff('day', ordered_day, today) - 1)) as days,
        deliveries.weekdays as weekdays
    from orders
    left join deliveries on deliveries.supplier_id = orders.supplier_id
    where not is_truncated and (has_receipt or not is_over)
)
where days >= 0 and (not is_open or days <= {open:UInt16})
group by supplier_id, days, earliest, is_open
order by supplier_id, is_open, days, earliest`
