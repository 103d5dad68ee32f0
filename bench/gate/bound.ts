/**
 * The best that any rule could reach on double scans in the twin. Scans of one piece and of two overlap in time there,
 * as they do at real tills, so no rule finds all of the ones and keeps all of the others.
 */
import type { SaleLine } from '@shelfcast/contracts/events'
import { LONGEST_GAP_MS, SAME_MILLISECOND } from '@shelfcast/datagen/till/line-faults'
import { APART_MS, SCAN_MS } from '@shelfcast/datagen/till/service'

/** Harmonic mean of precision and recall. */
export function f1(right: number, found: number, labelled: number): number {
  return found + labelled === 0 ? 1 : (2 * right) / (found + labelled)
}

/**
 * The F1 that the best rule on the time between two scans can expect. A rule that maximises F1 takes times by how
 * likely they are a double scan, likeliest first; here that falls from one time to the next longer one, so the best
 * rule is a limit, and all of them are tried.
 * @param doubles pieces that were scanned twice
 * @param repeats scans of one more piece that a customer really bought
 */
export function bestByTime(doubles: number, repeats: number): { f1: number; limitMs: number } {
  const [soonest, more] = APART_MS
  let best = { f1: 0, limitMs: 0 }
  let right = doubles * SAME_MILLISECOND
  let wrong = 0
  for (let limitMs = 0; limitMs <= soonest + more; limitMs++) {
    if (limitMs > 0 && limitMs <= LONGEST_GAP_MS) right += (doubles * (1 - SAME_MILLISECOND)) / LONGEST_GAP_MS
    if (limitMs >= soonest && limitMs < soonest + more) wrong += repeats / more
    const reached = f1(right, right + wrong, doubles)
    if (reached > best.f1) best = { f1: reached, limitMs }
  }
  return best
}

/** What a basket shows of two scans alike, as the twin's tills tell one piece from two. */
export type Evidence =
  | 'too soon for two'
  | 'too late for one'
  | 'several'
  | 'even'
  | 'next at once'
  | 'next after two'
  | 'none'

/** @param earlier and later places of two lines that are alike in all but their times */
export function evidenceOf(lines: readonly SaleLine[], earlier: number, later: number): Evidence {
  const at = (place: number) => Date.parse(lines[place]!.scanned_at)
  const { sku, quantity, unit, discount } = lines[later]!
  const gap = at(later) - at(earlier)
  if (gap < APART_MS[0]) return 'too soon for two'
  if (gap > LONGEST_GAP_MS) return 'too late for one'
  // Pieces are passed one by one only where there is no discount to be had for several.
  if (quantity !== 1 || unit !== 'each' || discount !== 0) return 'several'
  const next = lines[later + 1]
  const previous = lines[earlier - 1]
  // A hand that passes three pieces keeps its pace.
  if (next?.sku === sku && at(later + 1) - at(later) === gap) return 'even'
  if (previous?.sku === sku && at(earlier) - at(earlier - 1) === gap) return 'even'
  if (next === undefined || next.sku === sku) return 'none'
  // The next product follows the piece, however often it was scanned.
  if (at(later + 1) - at(later) < SCAN_MS[0]) return 'next at once'
  if (at(later + 1) - at(earlier) >= SCAN_MS[0] + SCAN_MS[1]) return 'next after two'
  return 'none'
}

/** Double scans and real repeats that show the same. */
export interface Shown {
  doubles: number
  repeats: number
}

/** The F1 of the best rule on all that a basket shows: for each evidence it knows what is more likely, from the truth. */
export function bestByEvidence(shown: Iterable<Shown>, doubles: number): number {
  let best = 0
  let right = 0
  let found = 0
  const share = (scans: Shown) => scans.doubles / (scans.doubles + scans.repeats)
  for (const scans of [...shown].sort((a, b) => share(b) - share(a))) {
    right += scans.doubles
    found += scans.doubles + scans.repeats
    best = Math.max(best, f1(right, found, doubles))
  }
  return best
}
