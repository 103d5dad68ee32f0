/** Who sits at a till, and whether its clock is right. */
import { HOUR_MS } from '@shelfcast/contracts/dates'
import { type Key, uniformAt } from '../sim/random.ts'
import type { Noise, TwinStore } from '../world/world.ts'

// First local hours of the shifts.
const MORNING = 6
const AFTERNOON = 14
const NIGHT = 22
// Most wrong clocks run some minutes fast or slow; the others were set to a wrong hour.
const MINUTES_SHARE = 0.9
const MOST_MINUTES_MS = 600_000
const MOST_HOURS_MS = 3 * HOUR_MS

/** Self-checkouts have no cashier, and an id of their own. */
export function cashierAt({ store_id, self_checkouts }: TwinStore, till: number, hour: number): string {
  if (till <= self_checkouts) return `${store_id}-SELF`
  const shift = hour < MORNING || hour >= NIGHT ? 'C' : hour < AFTERNOON ? 'A' : 'B'
  return `${store_id}-${shift}${till}`
}

/** @returns milliseconds that a till's clock is ahead on a day; below 0 when it is behind */
export function skewOf({ clock_skew }: Noise, day: Key, till: number): number {
  if (uniformAt(...day, 2 * till) >= clock_skew) return 0
  const share = uniformAt(...day, 2 * till + 1) / MINUTES_SHARE
  if (share < 1) return Math.round((2 * share - 1) * MOST_MINUTES_MS)
  const hours = ((share - 1) * MINUTES_SHARE) / (1 - MINUTES_SHARE)
  return Math.round((2 * hours - 1) * MOST_HOURS_MS)
}
