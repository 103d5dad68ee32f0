/**
 * Lateness: how far behind its store a message comes. Late rows are accepted and counted, never dropped.
 *
 * A message is held against the newest event time that its own till has reached, or that any two tills of the store
 * have passed. So one till whose clock is ahead makes nobody late but itself.
 */
import { LIMITS } from '@shelfcast/contracts/refusals'

/** What is remembered of a store, in milliseconds since 1970; a block's footer holds it. */
export interface StoreClock {
  /** Newest event time of the store, and the till that it came from. */
  newest: number
  till: number
  /** Newest event time of the store's other tills; null while there is none. */
  others: number | null
}

/** By store. */
export type Clocks = Map<string, StoreClock>

/** Messages that come from no till share one clock of their store. */
export const NO_TILL = 0

const MOST_SECONDS = 2_147_483_647

/**
 * @param at event time, milliseconds since 1970
 * @returns whole seconds behind the store; 0 where that is no more than is allowed
 */
export function latenessOf(clock: StoreClock | undefined, till: number, at: number): number {
  if (clock === undefined) return 0
  const reached = till === clock.till ? clock.newest : clock.others
  if (reached === null) return 0
  const seconds = Math.floor((reached - at) / 1000)
  return seconds > LIMITS.allowedLatenessS ? Math.min(seconds, MOST_SECONDS) : 0
}

/** Lets a store's clock know an accepted message. */
export function advance(clocks: Clocks, store: string, till: number, at: number): void {
  const clock = clocks.get(store)
  if (clock === undefined) clocks.set(store, { newest: at, till, others: null })
  else if (till === clock.till) clock.newest = Math.max(clock.newest, at)
  else if (at > clock.newest) {
    clock.others = clock.newest
    clock.newest = at
    clock.till = till
  } else if (clock.others === null || at > clock.others) clock.others = at
}
