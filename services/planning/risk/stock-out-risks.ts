/**
 * The risk that a SKU of a store runs out, for each of the next days.
 *
 * What is on the shelf each morning is followed as a distribution over whole steps: deliveries come in the morning, each
 * on a day that is uncertain; demand of the day is taken off, what is not there is lost (nobody waits); in the evening
 * what has expired is thrown away, the lot that expires first being sold first. Given the level of the series, days are
 * independent; the level is uncertain and the same for all days. That is exact but for the step, where many units are
 * one, and for two orders of which the later one comes first.
 * Source: lost-sales inventory as a Markov chain, Zipkin, Foundations of Inventory Management (2000), ch. 6 and 9;
 * counts by Panjer's recursion (ASTIN Bulletin 12, 1981).
 */
import { type DailyDemand, levelPoints } from './level.ts'

export const RISK_DAYS = 14
/** Steps of stock that are told apart: what is more is enough for all days. */
const STEPS = 64
const ENOUGH = STEPS - 1
/** Standard deviations of demand over all days that a stock has to be above its mean to be enough for sure. */
const REACH = 4
/** Of a day's demand, what is less likely than this is left out. */
const NEGLIGIBLE = 1e-7
/** That so many orders have come by a day, and no more: what is less likely is not followed. */
const UNLIKELY = 1e-3

/** A lot on the shelf, or stock without a day on which it expires. */
export interface Lot {
  readonly quantity: number
  /** Last day on which it is sold, in days after the origin; absent: it keeps. */
  readonly expiresAfter?: number
}

/** What is on its way. */
export interface Arrival {
  readonly quantity: number
  /** Probability that it comes on the days 1, 2, ... after the origin; what is missing to 1 comes later, or never. */
  readonly days: readonly number[]
  /** Probability that all of it comes, and the share of it that comes otherwise; all of it when absent. */
  readonly inFull?: number
  readonly shareOtherwise?: number
  /** Last day on which it is sold when it comes on its mean day; absent: it keeps. */
  readonly expiresAfter?: number
}

export interface RiskQuestion {
  /** On the shelf, by what the platform knows; below 0 counts as 0. */
  readonly onHand: number
  /** What of it expires; what of onHand is in no lot keeps. */
  readonly lots?: readonly Lot[]
  /** In the order in which they are expected. */
  readonly arrivals?: readonly Arrival[]
  readonly demand: DailyDemand
  /** Whether quantities are pieces, which come in whole numbers. */
  readonly inPieces: boolean
}

export interface StockOutRisks {
  /** Of each day: that somebody wants it and it is not there. */
  readonly wanted: Float64Array
  /** Of each day: that the shelf is empty in the evening, which is what a stock record shows of a day; at least as likely. */
  readonly empty: Float64Array
}

/** Of a process: written over by the next call. */
const chance = new Float64Array(STEPS + 1)
const beyond = new Float64Array(STEPS + 1)

export function stockOutRisks(question: RiskQuestion): StockOutRisks {
  const { demand, inPieces } = question
  const risks = { wanted: new Float64Array(RISK_DAYS), empty: new Float64Array(RISK_DAYS) }
  let total = 0
  for (let day = 0; day < RISK_DAYS; day++) total += Math.max(0, demand.means[day] ?? 0)
  if (total === 0) return emptyOnly(question, risks)
  const spread = Math.max(demand.spread, inPieces ? 1 : Number.MIN_VALUE)
  for (const { factor, weight } of levelPoints(demand.levelVariance)) {
    const reach = total * factor + REACH * Math.sqrt(total * factor * spread) + spread
    if (isEnough(question, reach)) continue
    const step = inPieces ? Math.max(1, Math.ceil(reach / ENOUGH)) : reach / ENOUGH
    follow(question, { factor, weight, spread, step }, risks)
  }
  return risks
}

/** Nothing expires, and there is more than anybody will want. */
function isEnough({ onHand, lots }: RiskQuestion, reach: number): boolean {
  let keeps = onHand
  for (const { quantity, expiresAfter } of lots ?? [])
    if (expiresAfter !== undefined && expiresAfter < RISK_DAYS) keeps -= quantity
  return keeps > reach
}

/** Without demand nobody misses it; the shelf may be empty all the same. */
function emptyOnly({ onHand, arrivals = [] }: RiskQuestion, risks: StockOutRisks): StockOutRisks {
  if (onHand > 0) return risks
  let never = 1
  for (let day = 0; day < RISK_DAYS; day++) {
    never = 1
    for (const { days } of arrivals) never *= 1 - sumUntil(days, day + 1)
    risks.empty[day] = Math.max(0, never)
  }
  return risks
}

interface Course {
  factor: number
  weight: number
  spread: number
  /** Units that count as one. */
  step: number
}

/** Adds the risks at one level of demand, by its weight. */
function follow(
  question: RiskQuestion,
  { factor, weight, spread, step }: Course,
  risks: StockOutRisks,
): void {
  const { arrivals = [], demand, inPieces } = question
  const layers = emptyLayers(arrivals.length + 1)
  const expires = expiryDays(question)
  put(layers[0]!, Math.max(0, question.onHand) / step, 1)
  for (let day = 0; day < RISK_DAYS; day++) {
    arrive(layers, arrivals, day, step)
    const mean = Math.max(0, demand.means[day] ?? 0) * factor
    const likely = countsOf(mean / step, spread / step)
    const someone = 1 - noDemand(mean, spread, inPieces)
    for (let at = 0; at <= arrivals.length; at++) {
      const layer = layers[at]!
      if (layer.top < 0) continue
      const { stock } = layer
      const top = Math.min(layer.top, ENOUGH - 1, likely - 1)
      let short = 0
      for (let units = 1; units <= top; units++) short += stock[units]! * beyond[units]!
      risks.wanted[day]! += weight * (short + stock[0]! * someone)
      sell(layer, likely)
      if (expires.has(day + 1)) throwAway(layer, keptAfter(question, at, day + 1) / step)
      risks.empty[day]! += weight * stock[0]!
    }
  }
}

/** The morning's stock where so many arrivals have come: probability by steps, up to `top`; -1 when it cannot be. */
interface Layer {
  stock: Float64Array
  top: number
}

/** Of a process, as the chances are. */
const pool: Layer[] = []

function emptyLayers(count: number): readonly Layer[] {
  while (pool.length < count) pool.push({ stock: new Float64Array(STEPS), top: -1 })
  for (let at = 0; at < count; at++) clear(pool[at]!)
  return pool
}

function clear(layer: Layer): void {
  layer.stock.fill(0)
  layer.top = -1
}

/** Mass at a stock between two steps is split, so that its mean stays. */
function put(layer: Layer, place: number, mass: number): void {
  const { stock } = layer
  const low = Math.floor(place)
  if (low >= ENOUGH) {
    stock[ENOUGH]! += mass
    layer.top = ENOUGH
    return
  }
  const rest = place - low
  stock[low]! += mass * (1 - rest)
  if (rest > 0) stock[low + 1]! += mass * rest
  const top = rest > 0 ? low + 1 : low
  if (top > layer.top) layer.top = top
}

/** Lets come what comes on a day; an order after one that has not come waits for it. */
function arrive(layers: readonly Layer[], arrivals: readonly Arrival[], day: number, step: number): void {
  for (let at = 0; at < arrivals.length; at++) {
    const before = layers[at]!
    if (before.top < 0) continue
    const { days, quantity, inFull = 1, shareOtherwise = 1 } = arrivals[at]!
    const open = 1 - sumUntil(days, day)
    const share = open <= NEGLIGIBLE ? 1 : Math.min(1, (days[day] ?? 0) / open)
    if (share === 0) continue
    let mass = 0
    for (let units = 0; units <= before.top; units++) mass += before.stock[units]!
    // What is hardly possible comes today: a layer less to follow.
    const hazard = mass * (1 - share) < UNLIKELY ? 1 : share
    const after = layers[at + 1]!
    for (let units = 0; units <= before.top; units++) {
      const mass = before.stock[units]! * hazard
      if (mass === 0) continue
      before.stock[units]! -= mass
      put(after, units + quantity / step, mass * inFull)
      if (inFull < 1) put(after, units + (quantity * shareOtherwise) / step, mass * (1 - inFull))
    }
    if (hazard === 1) clear(before)
  }
}

/** @param until how many of the days */
function sumUntil(days: readonly number[], until: number): number {
  let sum = 0
  for (let day = 0; day < until && day < days.length; day++) sum += days[day]!
  return sum
}

/**
 * Fills `chance` with the probability of each count and `beyond` with that of more.
 * @param ratio variance over mean: above 1 negative binomial, 1 Poisson, below 1 binomial
 * @returns counts from here on are negligible
 */
function countsOf(mean: number, ratio: number): number {
  const slope = 1 - 1 / ratio
  const start = mean / ratio
  // The binomial's trials are not a whole number here: its recursion ends where it turns negative, and is normalised.
  let probability = Math.abs(slope) < 1e-6 ? Math.exp(-mean) : ratio ** (-start / slope)
  let sum = 0
  let counts = 0
  while (counts < STEPS) {
    chance[counts] = probability
    sum += probability
    counts++
    probability *= slope + (start - slope) / counts
    if (probability <= 0 || (probability < NEGLIGIBLE && counts > mean)) break
  }
  const scale = counts < STEPS && sum > 0 ? 1 / sum : 1
  let rest = 1
  for (let count = 0; count < STEPS; count++) {
    if (count < counts) {
      chance[count]! *= scale
      rest -= chance[count]!
    }
    beyond[count] = count < counts ? Math.max(0, rest) : counts < STEPS ? 0 : Math.max(0, rest)
  }
  return counts
}

/** Probability that nobody comes: of pieces by the same counts, of weighed goods by portions of the size of the spread. */
function noDemand(mean: number, spread: number, inPieces: boolean): number {
  if (!inPieces) return Math.exp(-mean / spread)
  return spread - 1 < 1e-6 ? Math.exp(-mean) : spread ** (-mean / (spread - 1))
}

/** The day's demand leaves the shelf. What is enough for all days stays so. */
function sell({ stock, top }: Layer, likely: number): void {
  const highest = Math.min(top, ENOUGH - 1)
  let empty = stock[0]!
  for (let units = 1; units <= highest; units++) {
    if (units < likely) empty += stock[units]! * (chance[units]! + beyond[units]!)
    const most = Math.min(likely - 1, highest - units)
    let sum = 0
    for (let count = 0; count <= most; count++) sum += chance[count]! * stock[units + count]!
    stock[units] = sum
  }
  stock[0] = empty
}

/** Days in whose evening something is thrown away. */
function expiryDays({ lots = NONE, arrivals = NONE }: RiskQuestion): ReadonlySet<number> {
  if (lots.length === 0 && !arrivals.some(({ expiresAfter }) => expiresAfter !== undefined)) return NEVER
  const days = new Set<number>()
  for (const { expiresAfter } of [...lots, ...arrivals])
    if (expiresAfter !== undefined) days.add(expiresAfter)
  return days
}
const NONE: readonly never[] = []
const NEVER: ReadonlySet<number> = new Set()

/** What may be left in the evening of a day: what expires later. @param arrived how many arrivals have come */
function keptAfter(
  { onHand, lots = NONE, arrivals = NONE }: RiskQuestion,
  arrived: number,
  day: number,
): number {
  let kept = Math.max(0, onHand)
  for (const { quantity, expiresAfter = Number.POSITIVE_INFINITY } of lots as readonly Lot[])
    if (expiresAfter <= day) kept -= quantity
  for (let at = 0; at < arrived; at++) {
    const { quantity, expiresAfter = Number.POSITIVE_INFINITY } = (arrivals as readonly Arrival[])[at]!
    if (expiresAfter > day) kept += quantity
  }
  return Math.max(0, kept)
}

function throwAway(layer: Layer, most: number): void {
  const { stock, top } = layer
  for (let units = Math.floor(most) + 1; units <= top; units++) {
    const mass = stock[units]!
    if (mass === 0) continue
    stock[units] = 0
    put(layer, most, mass)
  }
}
