/** Risks of the series of a plan: stock, open orders and rules as the plan has them. */
import { dayOf, daysBetween, weekdayOf } from '@shelfcast/contracts/dates'
import type { Demand } from '../demand/demand.ts'
import type { SeriesInput } from '../replenishment/model.ts'
import { calibrateRisks, type RiskCalibration } from './calibration.ts'
import { dailyDemand } from './daily-demand.ts'
import { futureOrders } from './future-orders.ts'
import { type Arrival, type Lot, RISK_DAYS, stockOutRisks } from './stock-out-risks.ts'

/** How a supplier delivers. */
export interface DeliveryHabits {
  /** Days on which orders are taken; Monday is 1. */
  order_weekdays: readonly number[]
  /** Probability of each number of days from an order to its delivery. */
  lead_days: readonly number[]
  /** Share of order lines that come in full. */
  in_full: number
}

/** Of a line that does not come in full: half of it, for nobody says more. */
const SHARE_OTHERWISE = 0.5
/** Days of sale that a stock is filled up to beyond lead time and review period. */
const SAFETY_DAYS = 3

export interface SeriesRisks {
  /** Of the days 1 to 14: that somebody wants it and it is not there. */
  risks: number[]
  /** That the shelf is empty in the evening, before calibration. */
  formula_empty: number[]
}

/**
 * @param series stock, lots and open orders on the morning of `today`, which is day 1
 * @param demand over days from `today` on; undefined: there is no forecast, and no risk is told
 */
export function riskOfSeries(
  series: Pick<
    SeriesInput,
    'on_hand' | 'lots' | 'open_orders' | 'unit' | 'pack_multiple' | 'shelf_life_days'
  >,
  options: {
    today: string
    means: readonly number[]
    over(days: number): Pick<Demand, 'mean' | 'variance'>
    habits: DeliveryHabits | undefined
    calibration: RiskCalibration
  },
): SeriesRisks {
  const { today, habits, calibration } = options
  const means = options.means.slice(0, RISK_DAYS)
  const onHand = Math.max(0, series.on_hand ?? 0)
  const lots = series.lots.map(
    ({ expires_on, quantity }): Lot =>
      expires_on === null ? { quantity } : { quantity, expiresAfter: daysBetween(today, expires_on) + 1 },
  )
  const leadDays = habits?.lead_days ?? [0, 1]
  const arrivals = series.open_orders
    .map(({ quantity, expected_on }) => ({
      quantity,
      due: expected_on === null ? 1 : daysBetween(today, expected_on) + 1,
    }))
    .sort((one, other) => one.due - other.due)
    .map(({ quantity, due }) => arrivalOf(quantity, due, leadDays, habits, series.shelf_life_days))
  const demand = dailyDemand(means, options.over)
  const orders =
    habits === undefined
      ? []
      : futureOrders({
          onHand,
          lots,
          arrivals,
          means,
          orderDays: orderDaysOf(habits.order_weekdays, today),
          leadTime: leadDays,
          orderUpTo: orderUpTo(means, habits),
          pack: series.pack_multiple ?? 1,
          inFull: habits.in_full,
          shareOtherwise: SHARE_OTHERWISE,
          ...(series.shelf_life_days !== null && { shelfLife: series.shelf_life_days }),
        })
  const { wanted, empty } = stockOutRisks({
    onHand,
    lots,
    arrivals: [...arrivals, ...orders],
    demand,
    inPieces: series.unit === 'each',
  })
  return { risks: calibrateRisks(calibration, { wanted, empty }), formula_empty: [...empty] }
}

/** As many more days than stated as lead times are longer than the usual one. */
function arrivalOf(
  quantity: number,
  due: number,
  leadDays: readonly number[],
  habits: DeliveryHabits | undefined,
  shelfLife: number | null,
): Arrival {
  const usual = Math.round(leadDays.reduce((mean, probability, days) => mean + probability * days, 0))
  const days = new Array<number>(RISK_DAYS).fill(0)
  for (const [lead, probability] of leadDays.entries()) {
    // What is due, or late, comes on one of the days from today on.
    const day = Math.max(1, Math.max(1, due) + lead - usual)
    if (day <= RISK_DAYS) days[day - 1]! += probability
  }
  return {
    quantity,
    days,
    inFull: habits?.in_full ?? 1,
    shareOtherwise: SHARE_OTHERWISE,
    ...(shelfLife !== null && { expiresAfter: Math.max(1, due) + shelfLife }),
  }
}

/** An order of the morning of day 1 is one of the evening before, as the chain of mornings counts. */
function orderDaysOf(weekdays: readonly number[], today: string): number[] {
  const first = dayOf(today)
  return Array.from({ length: RISK_DAYS }, (_, ahead) => ahead).filter((ahead) =>
    weekdays.includes(weekdayOf(first + ahead)),
  )
}

/** The same level on all days: demand of lead time, review period and some days besides. */
function orderUpTo(means: readonly number[], { order_weekdays, lead_days }: DeliveryHabits): () => number {
  const mean = means.length === 0 ? 0 : means.reduce((sum, each) => sum + each, 0) / means.length
  const lead = lead_days.reduce((sum, probability, days) => sum + probability * days, 0)
  const review = 7 / Math.max(1, order_weekdays.length)
  const level = mean * (lead + review + SAFETY_DAYS)
  return () => level
}
