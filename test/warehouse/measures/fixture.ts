/** Sales of three stores over eleven weeks, across two changes to summer time, as rows of the fact tables. */

export interface SaleRow {
  topic: string
  partition: number
  offset: number
  line_no: number
  id_hash: number
  replay_of: string
  basket_id: string
  kind: 'sale' | 'return'
  store_id: string
  till_id: number
  cashier_id: string
  /** UTC, as the warehouse reads it. */
  event_time: string
  produced_at: string
  business_date: string
  currency: string
  sku: string
  quantity: number
  unit: 'each' | 'g'
  gross_amount: number
  net_amount: number
}

export interface Incident {
  event_id: string
  kind: 'price_override' | 'void' | 'refund' | 'heartbeat'
  store_id: string
  till_id: number
  cashier_id: string
  event_time: string
  business_date: string
}

export interface Store {
  store_id: string
  time_zone: string
  currency: string
  tills: number
}

export const STORES: readonly Store[] = [
  // The clocks change on 29 March, in New York on 8 March, in Kolkata never.
  { store_id: 'LON', time_zone: 'Europe/London', currency: 'GBP', tills: 4 },
  { store_id: 'NYC', time_zone: 'America/New_York', currency: 'USD', tills: 3 },
  { store_id: 'CCU', time_zone: 'Asia/Kolkata', currency: 'INR', tills: 1 },
]
export const FIRST = Date.UTC(2026, 0, 26)
/** The last baskets come into the hour that begins here. */
export const LAST_HOUR = Date.UTC(2026, 3, 12, 15)

const HOUR_MS = 3_600_000
const SKUS = 12

/** Wall clock at a place, as milliseconds since 1970 of a clock that shows the same in UTC. */
export function localTime(at: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!)
}

const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    const two = '2-digit'
    format = new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    })
    formats.set(timeZone, format)
  }
  return format
}

export const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
export const timeOf = (at: number) => new Date(at).toISOString().slice(0, 23).replace('T', ' ')

let messages = 0

/** The lines of one basket; by default a sale of one piece in London. */
export function basket(
  at: number,
  overrides: Partial<SaleRow> & { lines?: number } = {},
  store: Store = STORES[0]!,
): SaleRow[] {
  const { lines = 1, ...row } = overrides
  const offset = ++messages
  return Array.from({ length: lines }, (_, index) => {
    const isWeighed = (offset + index) % 5 === 0
    const kind = row.kind ?? 'sale'
    const direction = kind === 'return' ? -1 : 1
    const quantity = direction * (isWeighed ? 250 + (offset % 7) * 10 : 1 + (offset % 3))
    const amount = direction * (199 + ((offset * 37 + index * 101) % 900))
    return {
      topic: 'sales-transactions',
      partition: 0,
      offset,
      line_no: index + 1,
      id_hash: index === 0 ? offset : 0,
      replay_of: '',
      basket_id: `B${offset}`,
      kind,
      store_id: store.store_id,
      till_id: 1,
      cashier_id: 'C1',
      currency: store.currency,
      event_time: timeOf(at),
      produced_at: timeOf(at),
      business_date: dayOf(localTime(at, store.time_zone)),
      sku: `SKU-${(offset + index * 5) % SKUS}${isWeighed ? 'g' : ''}`,
      quantity,
      unit: isWeighed ? 'g' : 'each',
      gross_amount: amount,
      net_amount: amount,
      ...row,
    }
  })
}

export function incident(at: number, overrides: Partial<Incident>, store: Store = STORES[0]!): Incident {
  return {
    event_id: `E${++messages}`,
    kind: 'void',
    store_id: store.store_id,
    till_id: 1,
    cashier_id: 'C1',
    event_time: timeOf(at),
    business_date: dayOf(localTime(at, store.time_zone)),
    ...overrides,
  }
}

/** Every hour of every store, with fewer baskets at night, hours without any, and a quiet week in the middle. */
export function ordinaryTrade(): { sales: SaleRow[]; incidents: Incident[] } {
  const sales: SaleRow[] = []
  const incidents: Incident[] = []
  for (const [place, store] of STORES.entries()) {
    for (let at = FIRST + place * 30 * HOUR_MS; at <= LAST_HOUR; at += HOUR_MS) {
      const hour = new Date(localTime(at, store.time_zone)).getUTCHours()
      const dice = Math.imul(at / HOUR_MS + place * 7, 2_654_435_761) >>> 0
      const baskets = hour < 6 ? dice % 2 : (dice >>> 8) % 5
      for (let number = 0; number < baskets; number++) {
        const till_id = 1 + (((dice >>> 4) + number) % store.tills)
        const cashier_id = `C${(dice + number) % 6}`
        const moment = at + number * 600_000 + 1_000
        const kind = (dice + number) % 23 === 0 ? 'return' : 'sale'
        sales.push(
          ...basket(moment, { till_id, cashier_id, kind, lines: 1 + (((dice >>> 12) + number) % 4) }, store),
        )
        const what = (['void', 'price_override', 'refund', 'heartbeat'] as const)[(dice + number) % 40]
        if (what) incidents.push(incident(moment, { till_id, cashier_id, kind: what }, store))
      }
    }
  }
  return { sales, incidents }
}
