/** How long suppliers took: whole days from the order of a store to its first delivery. */
import type { Reader } from './rows.ts'

export interface LeadTimeRow {
  supplier_id: string
  /** From the order to its first receipt; of an open order, to today at the store. */
  days: number
  orders: number
  isOpen: boolean
}

/** Older orders say little of how a supplier delivers today. */
const DAYS_BACK = 180

/** By supplier. An order whose lines all came of nothing was answered on that day too. */
export async function readLeadTimes(read: Reader): Promise<Map<string, LeadTimeRow[]>> {
  const rows = await read<Omit<LeadTimeRow, 'isOpen'> & { is_open: number }>(
    `
    with placed as
    (
        select
            lines.store_id as store_id,
            lines.supplier_id as supplier_id,
            lines.purchase_order_id as purchase_order_id,
            min(toDate(toString(lines.ordered_at, clock.time_zone))) as day,
            any(clock.today) as today
        from
        (
            select *
            from fact_purchase_orders final
            where ordered_on > (select min(store_clock.today) from store_clock) - {days_back:UInt16}
        ) as lines
        inner join store_clock as clock on clock.store_id = lines.store_id
        group by store_id, supplier_id, purchase_order_id
    )
    select
        supplier_id,
        is_open,
        days,
        count() as orders
    from
    (
        select
            placed.supplier_id as supplier_id,
            receipts.purchase_order_id = '' as is_open,
            toInt32(if(is_open, placed.today, receipts.received_on) - placed.day) as days
        from placed
        left join
        (
            select store_id, purchase_order_id, min(received_on) as received_on
            from order_receipts
            group by store_id, purchase_order_id
        ) as receipts
            on receipts.store_id = placed.store_id and receipts.purchase_order_id = placed.purchase_order_id
    )
    where days >= 0
    group by supplier_id, is_open, days
    order by supplier_id, is_open, days`,
    { days_back: DAYS_BACK },
  )
  const suppliers = new Map<string, LeadTimeRow[]>()
  for (const { is_open, ...row } of rows) {
    const own = suppliers.get(row.supplier_id) ?? []
    own.push({ ...row, isOpen: is_open === 1 })
    suppliers.set(row.supplier_id, own)
  }
  return suppliers
}
