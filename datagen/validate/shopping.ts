/** What baskets tell: when customers come, how much they take, and how soon they come back. */
import { weekdayOf } from '@shelfcast/contracts/dates'
import { count, type Histogram } from './describe.ts'

export interface Receipt {
  kind: 'sale' | 'return'
  /** A store profile, where it is known. */
  profile: string
  /** Local day and hour. */
  day: number
  hour: number
  /** Someone who can be recognised. */
  customer?: string
  lines: readonly { sku: string; quantity: number; isWeighed: boolean }[]
}

export interface Shopping {
  /** Sales by number of lines, for each profile. A sample of lines says nothing of a basket's size: see unthinned. */
  sizes: ReadonlyMap<string, Histogram>
  /** Lines by quantity, goods by weight left out. */
  quantities: Histogram
  /** Sales by local hour, for each profile. */
  hours: ReadonlyMap<string, Float64Array>
  /** Sales by weekday, Monday first, for each profile. */
  weekdays: ReadonlyMap<string, Float64Array>
  /** Visits of customers by days since their visit before; two on one day are one. */
  gaps: Histogram
  sales: number
  /** Sales to someone who can be recognised. */
  recognised: number
  saleLines: number
  returnLines: number
  /** Sales in which some line says the same, SKU and quantity, as another. */
  repeating: number
}

/** Receipts must come in the order of days. */
export function createShopping(): { add(receipt: Receipt): void; result(): Shopping } {
  const sizes = new Map<string, Histogram>()
  const quantities: Histogram = []
  const hours = new Map<string, Float64Array>()
  const weekdays = new Map<string, Float64Array>()
  const gaps: Histogram = []
  const lastVisit = new Map<string, number>()
  let [sales, recognised, saleLines, returnLines, repeating] = [0, 0, 0, 0, 0]

  return {
    add({ kind, profile, day, hour, customer, lines }) {
      if (kind === 'return') {
        returnLines += lines.length
        return
      }
      sales++
      saleLines += lines.length
      const ofProfile = sizes.get(profile) ?? []
      count(ofProfile, lines.length)
      sizes.set(profile, ofProfile)
      const scans = new Set<string>()
      for (const { sku, quantity, isWeighed } of lines) {
        if (!isWeighed) count(quantities, quantity)
        scans.add(`${sku} ${quantity}`)
      }
      if (scans.size < lines.length) repeating++
      slots(hours, profile, 24)[hour]!++
      slots(weekdays, profile, 7)[weekdayOf(day) - 1]!++
      if (customer === undefined) return
      recognised++
      const previousDay = lastVisit.get(customer)
      if (previousDay !== undefined && day > previousDay) count(gaps, day - previousDay)
      lastVisit.set(customer, day)
    },
    result: () => ({
      sizes,
      quantities,
      hours,
      weekdays,
      gaps,
      sales,
      recognised,
      saleLines,
      returnLines,
      repeating,
    }),
  }
}

/** All profiles together. */
export function together(byProfile: ReadonlyMap<string, Float64Array>): Float64Array {
  const all = [...byProfile.values()]
  return Float64Array.from(all[0] ?? [], (_, slot) => all.reduce((total, one) => total + one[slot]!, 0))
}

function slots(byProfile: Map<string, Float64Array>, profile: string, length: number): Float64Array {
  let of = byProfile.get(profile)
  if (!of) {
    of = new Float64Array(length)
    byProfile.set(profile, of)
  }
  return of
}
