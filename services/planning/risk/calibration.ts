/**
 * What became of risks like this one: a monotone map for each day ahead, from what the formula says to how often it
 * came so. Beta calibration, logit q = a ln p - b ln(1 - p) + c with a, b >= 0, which holds the identity (a = b = 1, c = 0),
 * so a formula that is right stays as it is.
 * Source: Kull, Silva Filho and Flach, Beta calibration, AISTATS 2017; fitted by penalised logistic regression (Newton).
 */

export interface BetaMap {
  /** Weight of ln p, of -ln(1 - p), and what is added. */
  readonly a: number
  readonly b: number
  readonly c: number
}

/** By day ahead: the first is of day 1. */
export type RiskCalibration = readonly BetaMap[]

export const IDENTITY: BetaMap = { a: 1, b: 1, c: 0 }

/** No risk is told as less, or as nearer to 1. */
const LEAST = 1e-5
/** Pull to the identity, as if of so many cases: few days say little. */
const PENALTY = 20
const ROUNDS = 50
const ENOUGH = 1e-9

const within = (probability: number) => Math.min(1 - LEAST, Math.max(LEAST, probability))
const logistic = (logit: number) => 1 / (1 + Math.exp(-logit))

export function calibrate({ a, b, c }: BetaMap, probability: number): number {
  const p = within(probability)
  return logistic(a * Math.log(p) - b * Math.log1p(-p) + c)
}

/** How often it came so, of the cases with about the same probability. */
export interface Outcome {
  readonly probability: number
  /** Cases, and those in which it came so. */
  readonly cases: number
  readonly events: number
}

/**
 * @param outcomes grouped as finely as one likes; without any, or with one kind of outcome only, little moves
 */
export function fitBeta(outcomes: readonly Outcome[]): BetaMap {
  const rows = outcomes.map(({ probability, cases, events }) => {
    const p = within(probability)
    return { x: [Math.log(p), -Math.log1p(-p), 1] as const, cases, events }
  })
  const free = solve(rows, [true, true])
  // A slope below 0 is held at 0, and the rest is fitted without it.
  if (free[0] < 0) return mapOf(solve(rows, [false, true]))
  if (free[1] < 0) return mapOf(solve(rows, [true, false]))
  return mapOf(free)
}

const mapOf = ([a, b, c]: Weights): BetaMap => ({ a: Math.max(0, a), b: Math.max(0, b), c })

type Weights = [number, number, number]
interface Row {
  x: readonly [number, number, number]
  cases: number
  events: number
}

/** @param isFree whether a and b are fitted; otherwise they are 0 */
function solve(rows: readonly Row[], isFree: readonly [boolean, boolean]): Weights {
  const start = [isFree[0] ? 1 : 0, isFree[1] ? 1 : 0, 0] as const
  const weights: Weights = [...start]
  for (let round = 0; round < ROUNDS; round++) {
    const gradient: Weights = [0, 0, 0]
    const hessian = [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ] as [Weights, Weights, Weights]
    for (const { x, cases, events } of rows) {
      const q = logistic(weights[0] * x[0] + weights[1] * x[1] + weights[2])
      const weight = cases * q * (1 - q)
      for (let i = 0; i < 3; i++) {
        gradient[i]! += x[i]! * (events - cases * q)
        for (let j = 0; j < 3; j++) hessian[i]![j]! += weight * x[i]! * x[j]!
      }
    }
    for (let i = 0; i < 3; i++) {
      const isHeld = i < 2 && !isFree[i]
      gradient[i]! -= PENALTY * (weights[i]! - start[i]!)
      hessian[i]![i]! += PENALTY
      if (!isHeld) continue
      gradient[i] = 0
      for (let j = 0; j < 3; j++) hessian[i]![j] = hessian[j]![i] = i === j ? 1 : 0
    }
    const change = solveThree(hessian, gradient)
    // A full Newton step may go too far where the outcomes nearly separate.
    const largest = Math.max(...change.map(Math.abs))
    const scale = largest > 1 ? 1 / largest : 1
    for (let i = 0; i < 3; i++) weights[i]! += scale * change[i]!
    if (largest < ENOUGH) break
  }
  return weights
}

/** Cramer's rule. */
function solveThree(matrix: readonly [Weights, Weights, Weights], right: Weights): Weights {
  const whole = determinant(matrix)
  return [0, 1, 2].map((column) => {
    const replaced = matrix.map((row, at) => row.map((value, j) => (j === column ? right[at]! : value)))
    return determinant(replaced as [Weights, Weights, Weights]) / whole
  }) as Weights
}

const determinant = ([[a, b, c], [d, e, f], [g, h, i]]: readonly [Weights, Weights, Weights]): number =>
  a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)

/**
 * The risks as they are told: that the shelf is empty, as often as it came so, and of that the share in which somebody
 * wants it. A stock record shows empty shelves and not who stood before them, so that share is the formula's.
 */
export function calibrateRisks(
  calibration: RiskCalibration,
  { wanted, empty }: { wanted: ArrayLike<number>; empty: ArrayLike<number> },
): number[] {
  return Array.from(wanted, (risk, day) => {
    const emptiness = empty[day]!
    const share = emptiness > 0 ? Math.min(1, risk / emptiness) : 0
    return calibrate(calibration[day] ?? IDENTITY, emptiness) * share
  })
}
