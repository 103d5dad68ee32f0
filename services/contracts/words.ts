/** Reasons as a planner reads them. */
import { BASELINES, type Baseline, REASONS, type Reason } from './training.ts'

/** What is known of the day beside the contributions. */
export interface DayFacts {
  /** In the unit of the series. */
  base: number
  mean: number
  /** each, g, ml. */
  unit: string
  /** YYYY-MM-DD */
  targetDate: string
}

/** Less than this share of the forecast is not worth a sentence. */
const WORTH_TELLING = 0.02
const LARGER_UNIT: Record<string, string> = { g: 'kg', ml: 'l' }

type Tell = (amount: string, isMore: boolean, facts: DayFacts) => string

const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' })

const SENTENCES: Record<Reason, Tell> = {
  'recent sales': (amount, isMore) => `recent sales ${isMore ? 'add' : 'take off'} ${amount}`,
  weekday: (amount, isMore, { targetDate }) =>
    `${weekday.format(new Date(targetDate))} sells ${amount} ${isMore ? 'more' : 'less'} than a usual day`,
  season: (amount, isMore) => `the time of year ${isMore ? 'adds' : 'takes off'} ${amount}`,
  trend: (amount, isMore) => `the trend is ${isMore ? 'upward: adds' : 'downward: takes off'} ${amount}`,
  price: (amount, isMore) => `the price ${isMore ? 'adds' : 'takes off'} ${amount}`,
  promotion: (amount, isMore) =>
    isMore ? `promotion adds ${amount}` : `no strong promotion: ${amount} less`,
  holiday: (amount, isMore) => `holidays nearby ${isMore ? 'add' : 'take off'} ${amount}`,
  weather: (amount, isMore) => `the weather ${isMore ? 'adds' : 'takes off'} ${amount}`,
  store: (amount, isMore) => `this store sells ${amount} ${isMore ? 'more' : 'less'} than others`,
  totals: (amount, isMore) => `totals of store and category ${isMore ? 'add' : 'take off'} ${amount}`,
}

/**
 * The contributions that matter, largest first, after what an average series sells.
 * @param reasons in the order of REASONS, in the unit of the series
 */
export function sentences(reasons: ArrayLike<number>, facts: DayFacts): string[] {
  const least = Math.max(Math.abs(facts.mean), Math.abs(facts.base)) * WORTH_TELLING
  const sentences = REASONS.map((reason, index) => ({ reason, value: reasons[index]! }))
    .filter(({ value }) => Math.abs(value) > least)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .map(({ reason, value }) => SENTENCES[reason](quantity(Math.abs(value), facts.unit), value > 0, facts))
  return [`the average over all products and days is ${quantity(facts.base, facts.unit)}`, ...sentences]
}

/** 2.1, 310 g, 4.2 kg. */
export function quantity(amount: number, unit: string): string {
  const larger = LARGER_UNIT[unit]
  if (larger && Math.abs(amount) >= 1_000) return `${rounded(amount / 1_000)} ${larger}`
  return unit === 'each' ? rounded(amount) : `${rounded(amount)} ${unit}`
}

function rounded(amount: number): string {
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 0.95 ? 1 : 2
  return amount.toFixed(digits)
}

/** Why a baseline forecasts. @param trouble of the model that should; undefined: none has come to serve yet */
export function whyBaseline(trouble: string | undefined, baseline: Baseline): string {
  const why =
    trouble ??
    'No demand model serves yet. Training: at the first start, on the Models page, or by npm run jobs -- train.'
  return `${why} Until then the best simple method does: ${BASELINES[baseline].title}, with the range of a Poisson count.`
}
