/** How well a score tells labelled rows from the others. */

export interface Scored {
  score: number
  isLabelled: boolean
}

export interface Measured {
  rows: number
  labelled: number
  alarms: number
  precision: number
  recall: number
}

/** @returns figures of telling all rows whose score is at least the threshold; precision is 1 when none is told */
export function measure(rows: readonly Scored[], threshold: number): Measured {
  const alarms = rows.filter(({ score }) => score >= threshold)
  const right = alarms.filter(({ isLabelled }) => isLabelled).length
  const labelled = rows.filter(({ isLabelled }) => isLabelled).length
  return {
    rows: rows.length,
    labelled,
    alarms: alarms.length,
    precision: alarms.length === 0 ? 1 : right / alarms.length,
    recall: labelled === 0 ? 1 : right / labelled,
  }
}

/** Mean precision at each labelled row, by descending score; rows of one score count as told together. */
export function averagePrecision(rows: readonly Scored[]): number {
  let right = 0
  let sum = 0
  for (const { alarms, labelled } of steps(rows)) {
    sum += ((labelled - right) * labelled) / alarms
    right = labelled
  }
  return right === 0 ? 0 : sum / right
}

/** The threshold with the best F1, and the share of rows that it tells: the contamination. */
export function bestThreshold(rows: readonly Scored[]): { threshold: number; share: number } {
  const all = rows.filter(({ isLabelled }) => isLabelled).length
  let best = { f1: -1, threshold: Number.POSITIVE_INFINITY, alarms: 0 }
  for (const { alarms, labelled, score } of steps(rows)) {
    const f1 = (2 * labelled) / (alarms + all)
    if (f1 > best.f1) best = { f1, threshold: score, alarms }
  }
  return { threshold: best.threshold, share: rows.length === 0 ? 0 : best.alarms / rows.length }
}

/** Rows told so far, and labelled ones among them, after each distinct score. */
function* steps(rows: readonly Scored[]) {
  const sorted = [...rows].sort((a, b) => b.score - a.score)
  let labelled = 0
  for (const [index, { score, isLabelled }] of sorted.entries()) {
    if (isLabelled) labelled++
    if (sorted[index + 1]?.score !== score) yield { alarms: index + 1, labelled, score }
  }
}
