/** How good probabilities are: Brier score with its interval, and how often it came so where it was told. */

/** Told and come of many cases, grouped by what is drawn together. */
export interface Scored {
  told: number
  came: 0 | 1
  /** Cases of a block are not independent of one another: the bootstrap draws blocks. */
  block: number
}

export interface Brier {
  score: number
  low: number
  high: number
}

/** Bins hold about as many cases each, where so many differ. */
const BINS = 10
const DRAWS = 1_000
const TAIL = 0.025

export interface Bin {
  told: number
  came: number
  cases: number
}

/** Sums by block, so that a draw is cheap. */
class Blocks {
  readonly cases: number[] = []
  readonly squares: number[][] = []
  constructor(methods: number) {
    for (let method = 0; method < methods; method++) this.squares.push([])
  }
}

export interface Comparison {
  /** By method: Brier score with the 95% interval. */
  scores: Brier[]
  /** 1 - score / score of the last method, with its interval. */
  skill: Brier
}

/**
 * Brier scores of several methods on the same cases, and the skill of the first against the last; intervals by the
 * percentile bootstrap over blocks (Efron and Tibshirani, 1993, ch. 13).
 */
export function compareBrier(cases: readonly (readonly Scored[])[]): Comparison {
  const methods = cases.length
  const blocks = new Blocks(methods)
  const places = new Map<number, number>()
  for (const [method, rows] of cases.entries())
    for (const { told, came, block } of rows) {
      let place = places.get(block)
      if (place === undefined) {
        place = places.size
        places.set(block, place)
        blocks.cases.push(0)
        for (const squares of blocks.squares) squares.push(0)
      }
      if (method === 0) blocks.cases[place]!++
      blocks.squares[method]![place]! += (told - came) ** 2
    }
  const count = blocks.cases.length
  const means = (chosen: (place: number) => number): number[] => {
    let all = 0
    const sums = new Array<number>(methods).fill(0)
    for (let draw = 0; draw < count; draw++) {
      const place = chosen(draw)
      all += blocks.cases[place]!
      for (let method = 0; method < methods; method++) sums[method]! += blocks.squares[method]![place]!
    }
    return sums.map((sum) => sum / Math.max(1, all))
  }
  const whole = means((place) => place)
  let state = 12_345
  const draws = Array.from({ length: DRAWS }, () =>
    means(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * count)
    }),
  )
  const interval = (value: number, of: (scores: number[]) => number): Brier => {
    const ascending = draws.map(of).toSorted((one, other) => one - other)
    return {
      score: value,
      low: ascending[Math.floor(DRAWS * TAIL)]!,
      high: ascending[Math.ceil(DRAWS * (1 - TAIL)) - 1]!,
    }
  }
  const skillOf = (scores: number[]) => 1 - scores[0]! / scores[methods - 1]!
  return {
    scores: whole.map((score, method) => interval(score, (scores) => scores[method]!)),
    skill: interval(skillOf(whole), skillOf),
  }
}

/** Cases by what was told, in bins of equal numbers; those that were told the same stay together. */
export function reliability(rows: readonly Scored[]): Bin[] {
  const ascending = rows.toSorted((one, other) => one.told - other.told)
  const bins: Bin[] = []
  const size = ascending.length / BINS
  let bin: Bin = { told: 0, came: 0, cases: 0 }
  for (const [place, { told, came }] of ascending.entries()) {
    bin.told += told
    bin.came += came
    bin.cases++
    const isFull = place + 1 >= size * (bins.length + 1)
    if (!isFull && place + 1 < ascending.length) continue
    if (place + 1 < ascending.length && ascending[place + 1]!.told === told) continue
    bins.push({ told: bin.told / bin.cases, came: bin.came / bin.cases, cases: bin.cases })
    bin = { told: 0, came: 0, cases: 0 }
  }
  return bins
}

/** Cases by what was told, in bins of equal width: 0 to 0.1, 0.1 to 0.2, ... */
export function byTenth(rows: readonly Scored[]): Bin[] {
  const bins = Array.from({ length: BINS }, () => ({ told: 0, came: 0, cases: 0 }))
  for (const { told, came } of rows) {
    const bin = bins[Math.min(BINS - 1, Math.floor(told * BINS))]!
    bin.told += told
    bin.came += came
    bin.cases++
  }
  return bins
    .filter(({ cases }) => cases > 0)
    .map(({ told, came, cases }) => ({ told: told / cases, came: came / cases, cases }))
}

/** Mean distance of what was told from how often it came so, by the cases of each bin. */
export function calibrationError(bins: readonly Bin[]): number {
  const all = bins.reduce((sum, { cases }) => sum + cases, 0)
  return bins.reduce((sum, { told, came, cases }) => sum + (cases / all) * Math.abs(told - came), 0)
}
