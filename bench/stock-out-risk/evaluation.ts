/**
 * The twin lives; at origins of a first period the formula's risks are held against the empty shelves that the platform
 * saw, which gives the calibration; at origins of a later period the risks are held against the truth.
 */
import { weekdayOf } from '@shelfcast/contracts/dates'
import { PLAIN_POLICY } from '@shelfcast/datagen/sim/model'
import type { World } from '@shelfcast/datagen/world/world'
import {
  calibrate,
  calibrateRisks,
  fitBeta,
  type Outcome,
  type RiskCalibration,
} from '@shelfcast/planning/risk/calibration'
import { futureOrders } from '@shelfcast/planning/risk/future-orders'
import {
  type Arrival,
  type Lot,
  RISK_DAYS,
  type RiskQuestion,
  type StockOutRisks,
  stockOutRisks,
} from '@shelfcast/planning/risk/stock-out-risks'
import { type Assortment, demandOf, meansOf, type Spread, spreadOf, weekShapes } from './forecast.ts'
import { type Morning, type Observation, type OpenOrder, observe } from './observation.ts'
import { rateRisks } from './rate-rule.ts'
import type { Scored } from './scores.ts'

/** Longest lead time that is told apart, days. */
const LEADS = 21
/** Of a bin of the formula's probability, for the fit. */
const FIT_BINS = 400

export interface RiskEvaluation {
  /** By method and day ahead (0 is day 1), in the same order of cases. */
  calibrated: Scored[][]
  formula: Scored[][]
  /** The rate rule of today; and calibrated by the same map on the same days. */
  rate: Scored[][]
  rateCalibrated: Scored[][]
  /** How often it was seen in the first period, for all alike. */
  frequency: Scored[][]
  calibration: RiskCalibration
  series: number
  origins: number
  /** Of CPU time, for a million series of 14 days. */
  cpuSecondsPerMillion: number
}

export interface RiskOptions {
  world: World
  seed: number
  from: number
  before: number
  /** Days from which forecasts and lead times are learned, then days of calibration origins, then of those reported. */
  learned: number
  calibrating: number
  reported: number
  /** Days from one origin to the next. */
  every: number
  onStep?(text: string): void
}

interface Told {
  origin: number
  series: number
  risks: StockOutRisks
  rate: number[]
}

export function evaluateRisks(options: RiskOptions): RiskEvaluation {
  const { world, learned, calibrating, reported, every } = options
  const products = world.products.length
  const assortment = assortmentOf(world)
  // Nothing that the calibration saw is in what is reported.
  const firstReported = learned + calibrating + RISK_DAYS
  const days = firstReported + reported + RISK_DAYS
  const told: Told[] = []
  let spread: Spread | undefined
  let leads: Leads | undefined
  let shapes: Float64Array = new Float64Array()
  let microseconds = 0
  const isOrigin = (day: number) =>
    (day >= learned && day < learned + calibrating && (day - learned) % every === 0) ||
    (day >= firstReported && day < firstReported + reported && (day - firstReported) % every === 0)

  const observation = observe({
    ...options,
    days,
    onDay: (day) => options.onStep?.(`day ${day} of ${days}`),
    onMorning(day, store, morning, seen) {
      if (!isOrigin(day)) return
      spread ??= spreadOf(seen, windowOrigins(day), assortment)
      if (store === 0) {
        shapes = weekShapes(seen, day, assortment)
        leads = leadsOf(seen, world.suppliers.length)
      }
      for (let product = 0; product < products; product++) {
        if (morning.listed[product] !== 1) continue
        const series = store * products + product
        const question = questionOf({ world, day: options.from + day, product, morning, leads: leads! })
        const means = meansOf(seen, day, series, shapes, assortment)
        const demand = demandOf(means, assortment.portion[series]!, spread)
        const asked = withFutureOrders(question, demand)
        const began = process.cpuUsage()
        const risks = stockOutRisks(asked)
        microseconds += process.cpuUsage(began).user
        const rate = rateRisks(seen, day, series, question.rate, RISK_DAYS)
        told.push({ origin: day, series, risks, rate })
      }
    },
  })
  const early = told.filter(({ origin }) => origin < firstReported)
  const late = told.filter(({ origin }) => origin >= firstReported)
  const calibration = calibrationOf(early, observation, ({ risks }) => risks.empty)
  const ofRate = calibrationOf(early, observation, ({ rate }) => rate)
  const frequencies = frequenciesOf(early, observation)
  const scored = (riskOf: (of: Told) => ArrayLike<number>) => scoresOf(late, observation, riskOf)
  return {
    calibrated: scored(({ risks }) => calibrateRisks(calibration, risks)),
    formula: scored(({ risks }) => risks.wanted),
    rate: scored(({ rate }) => rate),
    rateCalibrated: scored(({ rate }) => rate.map((risk, ahead) => calibrate(ofRate[ahead]!, risk))),
    frequency: scored(() => frequencies),
    calibration,
    series: new Set(late.map(({ series }) => series)).size,
    origins: new Set(late.map(({ origin }) => origin)).size,
    cpuSecondsPerMillion: microseconds / told.length,
  }
}

/** Origins whose windows are over, a fortnight apart and late enough to have a level. */
function windowOrigins(day: number): number[] {
  const origins: number[] = []
  for (let origin = day - RISK_DAYS; origin >= 28; origin -= RISK_DAYS / 2) origins.push(origin)
  return origins
}

function assortmentOf({ stores, products, categories }: World): Assortment {
  const size = stores.length * products.length
  const group = new Int32Array(size)
  const portion = new Float64Array(size)
  for (let series = 0; series < size; series++) {
    const { category, unit, portion: grams } = products[series % products.length]!
    const store = Math.floor(series / products.length)
    group[series] = store * categories.length + categories.findIndex((each) => each.category === category)
    portion[series] = unit === 'each' ? 1 : grams
  }
  return { group, portion }
}

interface Leads {
  /** By supplier: share of the deliveries that came after so many days. */
  share: Float64Array[]
  inFull: number[]
  otherwise: number[]
}

/** Learned from what was delivered so far. */
function leadsOf({ deliveries }: Observation, suppliers: number): Leads {
  const share = Array.from({ length: suppliers }, () => new Float64Array(LEADS))
  const counts = Array.from({ length: suppliers }, () => ({ lines: 0, full: 0, part: 0 }))
  for (const { supplier, lead, share: came } of deliveries) {
    share[supplier]![Math.min(LEADS - 1, lead)]!++
    const count = counts[supplier]!
    count.lines++
    if (came >= 1) count.full++
    else count.part += came
  }
  for (const [supplier, row] of share.entries()) {
    const { lines } = counts[supplier]!
    for (let lead = 0; lead < LEADS; lead++) row[lead] = lines > 0 ? row[lead]! / lines : Number(lead === 2)
  }
  return {
    share,
    inFull: counts.map(({ lines, full }) => (full + 1) / (lines + 1)),
    otherwise: counts.map(({ lines, full, part }) => (part + 0.85) / (lines - full + 1)),
  }
}

/** Days ahead on which an order comes that has not come yet. */
function arrivalDays(share: Float64Array, age: number): number[] {
  let rest = 0
  for (let lead = age + 1; lead < LEADS; lead++) rest += share[lead]!
  // Later than any before: it may come any day.
  if (rest <= 0) return [0.5, 0.25, 0.125, 0.125]
  return Array.from({ length: RISK_DAYS }, (_, at) => (share[age + 1 + at] ?? 0) / rest)
}

interface Question extends Omit<RiskQuestion, 'demand'> {
  rate: Parameters<typeof rateRisks>[3]
  future: Omit<Parameters<typeof futureOrders>[0], 'onHand' | 'arrivals' | 'means' | 'orderUpTo'> & {
    cover(orderDay: number): number
    portion: number
  }
  arrivals: Arrival[]
}

function questionOf(of: {
  world: World
  day: number
  product: number
  morning: Morning
  leads: Leads
}): Question {
  const { world, day, product, morning, leads } = of
  const {
    supplier_id,
    unit,
    portion: grams,
    pack_multiple: pack,
    shelf_life_days: shelfLife,
  } = world.products[product]!
  const supplier = world.suppliers.findIndex((each) => each.supplier_id === supplier_id)
  const { order_weekdays, lead_time_days } = world.suppliers[supplier]!
  const portion = unit === 'each' ? 1 : grams
  const onHand = morning.book[product]!
  const lots: Lot[] = (morning.lots.get(product) ?? []).map(({ quantity, expires }) => ({
    quantity,
    expiresAfter: expires - day,
  }))
  const terms = { inFull: leads.inFull[supplier]!, shareOtherwise: leads.otherwise[supplier]! }
  const open = morning.orders
    .filter(({ quantities }) => quantities.has(product))
    .toSorted((one, other) => one.placed - other.placed)
  const arrivals = open.map((order): Arrival => {
    const days = arrivalDays(leads.share[supplier]!, day - order.placed)
    const usual = Math.round(days.reduce((sum, share, at) => sum + share * (at + 1), 0))
    return { quantity: order.quantities.get(product)!, days, ...terms, expiresAfter: usual + shelfLife }
  })
  const orderDays = Array.from({ length: RISK_DAYS }, (_, at) => at + 1).filter((ahead) =>
    order_weekdays.includes(weekdayOf(day + ahead)),
  )
  return {
    onHand,
    lots,
    arrivals,
    inPieces: unit === 'each',
    rate: { onHand, portion, arriving: arrivingOf(open, product, day, lead_time_days.usual) },
    future: {
      lots,
      orderDays,
      leadTime: Array.from(leads.share[supplier]!),
      pack,
      ...terms,
      shelfLife,
      portion,
      // The stores' own rule, which whoever plans for them knows.
      cover(orderDay) {
        const next = orderDays.find((ahead) => ahead > orderDay) ?? orderDay + 7
        return Math.min(
          lead_time_days.usual + (next - orderDay) + PLAIN_POLICY.safetyDays,
          lead_time_days.usual + shelfLife,
        )
      },
    },
  }
}

function arrivingOf(open: readonly OpenOrder[], product: number, day: number, usual: number) {
  return (days: number) =>
    open.reduce(
      (sum, { placed, quantities }) =>
        sum + (placed + Math.ceil(usual) - day <= days ? quantities.get(product)! : 0),
      0,
    )
}

function withFutureOrders(question: Question, demand: RiskQuestion['demand']): RiskQuestion {
  const { onHand, lots, arrivals, inPieces, future } = question
  const { means } = demand
  const rate = means.reduce((sum, mean) => sum + mean, 0) / means.length
  const orders = futureOrders({
    ...future,
    onHand,
    arrivals,
    means,
    orderUpTo: (orderDay) => rate * future.cover(orderDay) + future.portion,
  })
  return { onHand, lots, arrivals: [...arrivals, ...orders], demand, inPieces }
}

/** By what the platform saw. */
function calibrationOf(
  told: readonly Told[],
  { seen, listed }: Observation,
  riskOf: (of: Told) => ArrayLike<number>,
): RiskCalibration {
  return Array.from({ length: RISK_DAYS }, (_, ahead) => {
    const sums = Array.from({ length: FIT_BINS + 1 }, () => ({ probability: 0, cases: 0, events: 0 }))
    for (const each of told) {
      const { origin, series } = each
      const day = origin + 1 + ahead
      if (listed[day]![series] !== 1) continue
      const probability = riskOf(each)[ahead]!
      // Finer where probabilities are small, which most are.
      const bin = sums[Math.round(FIT_BINS * Math.sqrt(Math.min(1, probability)))]!
      bin.probability += probability
      bin.cases++
      bin.events += seen[day]![series]!
    }
    return fitBeta(
      sums
        .filter(({ cases }) => cases > 0)
        .map(
          ({ probability, cases, events }): Outcome => ({ probability: probability / cases, cases, events }),
        ),
    )
  })
}

/** By day ahead: share of the store SKUs whose shelf was seen empty. */
function frequenciesOf(told: readonly Told[], { seen, listed }: Observation): number[] {
  return Array.from({ length: RISK_DAYS }, (_, ahead) => {
    const days = told.filter(({ origin, series }) => listed[origin + 1 + ahead]![series] === 1)
    return days.filter(({ origin, series }) => seen[origin + 1 + ahead]![series] === 1).length / days.length
  })
}

function scoresOf(
  told: readonly Told[],
  { missed, listed }: Observation,
  riskOf: (of: Told) => ArrayLike<number>,
): Scored[][] {
  const scores: Scored[][] = Array.from({ length: RISK_DAYS }, () => [])
  for (const each of told) {
    const risks = riskOf(each)
    for (let ahead = 0; ahead < RISK_DAYS; ahead++) {
      const day = each.origin + 1 + ahead
      if (listed[day]![each.series] !== 1) continue
      scores[ahead]!.push({
        told: risks[ahead]!,
        came: missed[day]![each.series] === 1 ? 1 : 0,
        block: each.series,
      })
    }
  }
  return scores
}
