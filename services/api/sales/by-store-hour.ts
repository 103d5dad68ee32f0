/** Sales by store and hour of event time. */

import type { SalesByStoreHour } from '@shelfcast/contracts/api'
import { HOUR_MS } from '@shelfcast/contracts/dates'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'

/** A month of hours: longer ranges are read by day. */
export const RANGE_LIMIT_DAYS = 31
/** About 2 MB of JSON; a month of 26 stores that never close. */
export const ROW_LIMIT = 20_000

export interface SalesRange {
  from: Date
  /** Not included. */
  to: Date
  store_id?: string
}

export function createSalesByStoreHour(read: Reader) {
  return async ({ from, to, store_id = '' }: SalesRange): Promise<SalesByStoreHour> => {
    if (from >= to) {
      throw fault(
        400,
        'range_empty',
        `"from" (${from.toISOString()}) is not before "to" (${to.toISOString()}). Exchange them.`,
      )
    }
    const days = (to.getTime() - from.getTime()) / (24 * HOUR_MS)
    if (days > RANGE_LIMIT_DAYS) {
      throw fault(
        400,
        'range_too_long',
        `The range from ${from.toISOString()} to ${to.toISOString()} is ${days.toFixed(1)} days long. ` +
          `Ask for at most ${RANGE_LIMIT_DAYS} days at a time.`,
      )
    }
    type Row = Omit<SalesByStoreHour['rows'][number], 'hour'> & { hour_s: number }
    const rows = await read<Row>(
      `
      select
          store_id,
          toUnixTimestamp(hour) as hour_s,
          currency,
          sum(lines) as lines,
          sumIf(quantity, unit = 'each') as pieces,
          sum(net_amount) as net_amount
      from sales_hourly
      where hour >= {from:DateTime('UTC')}
          and hour < {to:DateTime('UTC')}
          and ({store_id:String} = '' or store_id = {store_id:String})
      group by store_id, hour, currency
      order by store_id, hour, currency
      limit {limit:UInt32}`,
      { from: wholeSeconds(from), to: wholeSeconds(to), store_id, limit: ROW_LIMIT + 1 },
    )
    if (rows.length > ROW_LIMIT) {
      throw fault(
        400,
        'too_many_rows',
        `The range holds more than ${ROW_LIMIT} rows of a store and an hour. Ask for fewer days, or for one store_id.`,
      )
    }
    return {
      rows: rows.map(({ hour_s, ...row }) => ({ ...row, hour: new Date(hour_s * 1_000).toISOString() })),
    }
  }
}

/** Hours begin on whole seconds, so rounding up takes none away and adds none. */
function wholeSeconds(time: Date): Date {
  return new Date(Math.ceil(time.getTime() / 1_000) * 1_000)
}
