/** The measures once more, as plainly as can be, from all rows at once: what the warehouse's views are held against. */
import { dayOf, type Incident, localTime, type SaleRow, STORES, type Store } from './fixture.ts'

export type Row = Record<string, unknown>

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

const millis = (time: string) => Date.parse(`${time.replace(' ', 'T')}Z`)
const hourOf = (row: SaleRow) => Math.floor(millis(row.event_time) / HOUR_MS) * HOUR_MS
const text = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const isBasket = ({ id_hash, replay_of }: SaleRow) =>
  id_hash !== 0 && (replay_of === '' || replay_of.endsWith('/0'))

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}

function groups<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

/** Where two tills of a store have come, and since when two sell. */
export function clockOf(sales: readonly SaleRow[]): { asOf: number; since: number } {
  const tills = [...groups(sales, ({ till_id }) => String(till_id)).values()].map((rows) => rows.map(hourOf))
  const place = tills.length > 1 ? 1 : 0
  const asOf = tills.map((hours) => Math.max(...hours)).sort((left, right) => right - left)[place]!
  const since = tills.map((hours) => Math.min(...hours)).sort((left, right) => left - right)[place]!
  return { asOf, since }
}

export function eachStore(
  sales: readonly SaleRow[],
  measure: (store: Store, sales: SaleRow[]) => Row[],
): Row[] {
  return STORES.flatMap((store) => {
    const rows = sales.filter(({ store_id }) => store_id === store.store_id)
    return rows.length === 0 ? [] : measure(store, rows)
  })
}

/** @param historyDays units of days that a history tells, by SKU; what the stream says of those days does not count */
export interface HistoryDay {
  store_id: string
  sku: string
  unit: string
  business_date: string
  units: number
}

export function velocity(sales: readonly SaleRow[], historyDays: readonly HistoryDay[] = []): Row[] {
  return eachStore(sales, (store, rows) => {
    const { asOf, since } = clockOf(rows)
    const localDay = (at: number) => Math.floor(localTime(at, store.time_zone) / DAY_MS)
    const today = localDay(asOf)
    const history = historyDays.filter(({ store_id }) => store_id === store.store_id)
    const toldDays = new Set(history.map(({ business_date }) => Date.parse(business_date) / DAY_MS))
    const first = Math.min(localDay(since), ...toldDays)
    const days = (most: number) => Math.max(0, Math.min(most, today - first))
    const counted = rows
      .map((row) => ({ ...row, at: hourOf(row), day: localDay(hourOf(row)), units: row.quantity }))
      .filter(({ at, day }) => at < asOf && day >= today - 28 && !(toldDays.has(day) && day < today))
    const days_7 = days(7)
    const days_28 = days(28)
    const all = [
      ...counted,
      ...history
        .map((row) => ({ ...row, at: 0, day: Date.parse(row.business_date) / DAY_MS }))
        .filter(({ day }) => day >= today - 28 && day < today),
    ]
    return [...groups(all, ({ sku, unit }) => `${sku} ${unit}`).values()].map((lines) => {
      const units = (isIn: (line: (typeof lines)[number]) => boolean) =>
        total(lines.filter(isIn).map((line) => line.units))
      const units_7 = units(({ day }) => day >= today - 7 && day < today)
      const units_28 = units(({ day }) => day < today)
      return {
        store_id: store.store_id,
        sku: lines[0]!.sku,
        unit: lines[0]!.unit,
        units_1h: units(({ at }) => at >= asOf - HOUR_MS),
        units_24h: units(({ at }) => at >= asOf - DAY_MS),
        units_7,
        units_28,
        days_7,
        days_28,
        units_per_day_7: days_7 === 0 ? null : units_7 / days_7,
        units_per_day_28: days_28 === 0 ? null : units_28 / days_28,
        as_of: text(asOf),
      }
    })
  })
}

/** Hours of a store's last seven days, with what the same hours of the eight weeks before had. */
function compared(store: Store, sales: readonly SaleRow[]) {
  const { asOf, since } = clockOf(sales)
  const byHour = groups(sales, (row) => String(hourOf(row)))
  const hours: { at: number; local: number; revenue: number; baskets: number }[] = []
  for (let at = asOf - 70 * DAY_MS; at < asOf; at += HOUR_MS) {
    if (at < since) continue
    const rows = byHour.get(String(at)) ?? []
    const revenue = total(rows.map(({ net_amount }) => net_amount))
    const baskets = rows.filter((row) => row.kind === 'sale' && isBasket(row)).length
    hours.push({ at, local: localTime(at, store.time_zone), revenue, baskets })
  }
  const WEEK_MS = 7 * DAY_MS
  return hours
    .filter(({ at }) => at >= asOf - WEEK_MS)
    .map((hour) => {
      const earlier = hours.filter(({ local }) => {
        const weeks = (hour.local - local) / WEEK_MS
        return Number.isInteger(weeks) && weeks >= 1 && weeks <= 8
      })
      return { ...hour, asOf, earlier }
    })
    .filter(({ baskets, revenue, earlier }) =>
      [{ baskets, revenue }, ...earlier].some((hour) => hour.baskets > 0 || hour.revenue !== 0),
    )
}

export function revenueCompared(sales: readonly SaleRow[]): Row[] {
  return eachStore(sales, (store, rows) =>
    compared(store, rows).map(({ at, local, revenue, earlier, asOf }) => {
      const previous = earlier.map((hour) => hour.revenue)
      const middle = previous.length === 0 ? null : median(previous)
      return {
        store_id: store.store_id,
        currency: store.currency,
        hour: text(at),
        local_hour: text(local),
        revenue,
        weeks: previous.length,
        median_revenue: middle,
        mean_revenue: previous.length === 0 ? null : total(previous) / previous.length,
        difference: middle === null ? null : revenue - middle,
        ratio: middle ? revenue / middle : null,
        as_of: text(asOf),
      }
    }),
  )
}

export function rateAnomalies(sales: readonly SaleRow[]): Row[] {
  return eachStore(sales, (store, rows) =>
    compared(store, rows).map(({ at, local, revenue, baskets, earlier, asOf }) => {
      const weeks = earlier.length
      const score = (x: number, previous: number[], least: (middle: number) => number) => {
        const middle = median(previous)
        const spread = Math.max(1.4826 * median(previous.map((y) => Math.abs(y - middle))), least(middle))
        return spread === 0 ? null : (x - middle) / spread
      }
      const counts = earlier.map((hour) => hour.baskets)
      const amounts = earlier.map((hour) => hour.revenue)
      const counted = weeks === 0 ? 1 : Math.max(1, median(counts))
      const baskets_z = weeks < 4 ? null : score(baskets, counts, () => Math.sqrt(counted))
      const revenue_z =
        weeks < 4 ? null : score(revenue, amounts, (middle) => Math.abs(middle) / Math.sqrt(counted))
      return {
        store_id: store.store_id,
        currency: store.currency,
        hour: text(at),
        local_hour: text(local),
        weeks,
        baskets,
        median_baskets: weeks === 0 ? null : median(counts),
        baskets_z,
        revenue,
        median_revenue: weeks === 0 ? null : median(amounts),
        revenue_z,
        baskets_anomaly: Math.abs(baskets_z ?? 0) > 3.5,
        revenue_anomaly: Math.abs(revenue_z ?? 0) > 3.5,
        as_of: text(asOf),
      }
    }),
  )
}

export function basketSize(sales: readonly SaleRow[]): Row[] {
  const sold = sales.filter(({ kind }) => kind === 'sale')
  return [...groups(sold, (row) => `${row.store_id} ${hourOf(row)}`).values()].map((rows) => {
    const baskets = rows.filter(isBasket).length
    return {
      store_id: rows[0]!.store_id,
      hour: text(hourOf(rows[0]!)),
      currency: rows[0]!.currency,
      baskets,
      lines_per_basket: rows.length / baskets,
      pieces_per_basket: total(rows.map(piecesOf)) / baskets,
      amount_per_basket: total(rows.map(({ net_amount }) => net_amount)) / baskets,
    }
  })
}

const piecesOf = ({ unit, quantity }: SaleRow) => (unit === 'each' ? quantity : Math.sign(quantity))

export function basketSizeMedians(sales: readonly SaleRow[]): Row[] {
  const sold = sales.filter(({ kind }) => kind === 'sale')
  return [...groups(sold, (row) => `${row.store_id} ${hourOf(row)}`).values()].map((rows) => {
    const baskets = [...groups(rows, ({ basket_id }) => basket_id).values()]
    return {
      store_id: rows[0]!.store_id,
      hour: text(hourOf(rows[0]!)),
      currency: rows[0]!.currency,
      baskets: baskets.length,
      median_lines: median(baskets.map((lines) => lines.length)),
      median_pieces: median(baskets.map((lines) => total(lines.map(piecesOf)))),
      median_amount: median(baskets.map((lines) => total(lines.map(({ net_amount }) => net_amount)))),
    }
  })
}

export function incidentRates(sales: readonly SaleRow[], incidents: readonly Incident[]): Row[] {
  return eachStore(sales, (store, rows) => {
    const { asOf } = clockOf(rows)
    const today = localTime(asOf, store.time_zone)
    const days = new Set(Array.from({ length: 28 }, (_, back) => dayOf(today - back * DAY_MS)))
    const sold = rows.filter(({ business_date }) => days.has(business_date))
    const storeIncidents = incidents.filter(
      ({ store_id, business_date, kind }) =>
        store_id === store.store_id && days.has(business_date) && kind !== 'heartbeat',
    )
    return (['till_id', 'cashier_id'] as const).flatMap((by) => {
      const ids = new Set(
        [...sold, ...storeIncidents].map((row) => String(row[by])).filter((id) => id !== ''),
      )
      const countOf = (isIn: (id: string) => boolean) => {
        const rows = sold.filter((row) => isIn(String(row[by])))
        const events = (kind: Incident['kind']) =>
          storeIncidents.filter((row) => row.kind === kind && isIn(String(row[by]))).length
        return {
          baskets: rows.filter((row) => row.kind === 'sale' && isBasket(row)).length,
          refunds: events('refund'),
          price_overrides: events('price_override'),
          voids: events('void'),
          sold_amount: total(rows.filter(({ kind }) => kind === 'sale').map(({ net_amount }) => net_amount)),
          returned_amount: -total(
            rows.filter(({ kind }) => kind === 'return').map(({ net_amount }) => net_amount),
          ),
        }
      }
      const all = countOf((id) => ids.has(id))
      return [...ids].map((id) => {
        const counts = countOf((other) => other === id)
        const per100 = (events: number) => (counts.baskets === 0 ? null : (100 * events) / counts.baskets)
        const z = (kind: 'refunds' | 'price_overrides' | 'voids') => {
          const expected = (counts.baskets * all[kind]) / all.baskets
          const variance = (counts.baskets * all[kind]) / (all.baskets - counts.baskets)
          return variance > 0 && Number.isFinite(variance)
            ? (counts[kind] - expected) / Math.sqrt(variance)
            : null
        }
        return {
          store_id: store.store_id,
          by: by.replace('_id', ''),
          id,
          ...counts,
          currency: store.currency,
          refunds_per_100: per100(counts.refunds),
          overrides_per_100: per100(counts.price_overrides),
          voids_per_100: per100(counts.voids),
          refunds_z: z('refunds'),
          overrides_z: z('price_overrides'),
          voids_z: z('voids'),
          returned_share: counts.sold_amount === 0 ? null : counts.returned_amount / counts.sold_amount,
          as_of: text(asOf),
        }
      })
    })
  })
}
