/** The reasons of a day's forecast as steps from what is usual to what is forecast. */
import type { ForecastDay } from '@shelfcast/contracts/forecasts'
import type { Reason } from '@shelfcast/contracts/training'
import { weekdayName } from '#format/time.ts'

export interface Step {
  title: string
  amount: number
  /** Where its bar begins and ends, in the unit of the series. */
  from: number
  to: number
}

export interface Waterfall {
  base: number
  steps: Step[]
  total: number
  /** What the bars lie between. */
  least: number
  most: number
}

/** Smaller ones are one step: less than this share of the largest bar cannot be seen. */
const WORTH_SEEING = 0.015

const TITLES: Record<Reason, string> = {
  'recent sales': 'Recent sales',
  weekday: 'Weekday',
  season: 'Time of year',
  trend: 'Trend',
  price: 'Price',
  promotion: 'Promotion',
  holiday: 'Holidays',
  weather: 'Weather',
  store: 'This store',
  totals: 'Store and category totals',
}

export const reasonTitle = (reason: Reason): string => TITLES[reason]

/** @returns undefined for a baseline, which has no reasons */
export function waterfallOf({ base, mean, reasons, day }: ForecastDay): Waterfall | undefined {
  if (base === null) return undefined
  const threshold = Math.max(Math.abs(mean), Math.abs(base)) * WORTH_SEEING
  const largest = reasons.toSorted((one, other) => Math.abs(other.amount) - Math.abs(one.amount))
  const parts = largest
    .filter(({ amount }) => Math.abs(amount) > threshold)
    .map(({ reason, amount }) => ({
      title: reason === 'weekday' ? weekdayName(day) : TITLES[reason],
      amount,
    }))
  // What is left, rounding of the figures included, so that the steps end at the forecast.
  const rest = mean - base - parts.reduce((sum, { amount }) => sum + amount, 0)
  if (Math.abs(rest) > Math.abs(mean) * 0.001) parts.push({ title: 'All else', amount: rest })
  let at = base
  const steps = parts.map((step) => {
    const from = at
    at += step.amount
    return { ...step, from, to: at }
  })
  const points = [0, base, mean, ...steps.map(({ to }) => to)]
  return { base, steps, total: mean, least: Math.min(...points), most: Math.max(...points) }
}

/** Where a bar lies, in percent of the width. */
export function barOf({ least, most }: Waterfall, from: number, to: number): { left: number; width: number } {
  const span = most - least || 1
  const left = (100 * (Math.min(from, to) - least)) / span
  return { left, width: Math.max(0.4, (100 * Math.abs(to - from)) / span) }
}
