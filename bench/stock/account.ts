/**
 * The account of a SKU at a store: what happened, what the platform accepted of it, and so what each fault adds to the
 * platform's book or takes from it. Instants are milliseconds since 1970, and units are signed.
 */

/** Labels of the twin, and two that only a comparison gives. */
export type Cause =
  | 'double_scan'
  | 'unknown_sku'
  | 'wrong_price'
  | 'malformed'
  | 'missing_till_hour'
  | 'late_message'
  | 'out_of_order'
  | 'repeated_message'
  | 'clock_skew'
  /** A line that no label speaks of, refused by the gate as a double scan. */
  | 'taken_for_double_scan'
  | 'unexplained'

export interface Entry {
  /** Whether it is a count, which replaces all that came up to its instant; counts of one instant add up. */
  isCount: boolean
  /** What really happened; undefined when nothing did. */
  real: { at: number; units: number } | undefined
  /** What the platform accepted so far. */
  report: { at: number; units: number } | undefined
  /** Why the two differ, where they do. */
  cause: Cause
}

export interface Account {
  add(entry: Omit<Entry, 'report' | 'cause'>): Entry
  /** The position by what the platform accepted, in plain arithmetic. */
  position(): number
  /**
   * What each cause adds to that position.
   * @param book what the store believes it has
   * @param end what happened from then on is not in the book
   */
  effects(book: number, end: number): Map<Cause, number>
}

export function createAccount(): Account {
  const entries: Entry[] = []

  /** Instant of the last count of which the platform has heard. */
  function lastCount(): number {
    return entries.reduce(
      (last, { isCount, report }) => (isCount && report ? Math.max(last, report.at) : last),
      Number.NEGATIVE_INFINITY,
    )
  }

  /** What an entry counts for, given the last count. */
  function units(isCount: boolean, event: Entry['real'], since: number): number {
    if (!event) return 0
    return (isCount ? event.at === since : event.at > since) ? event.units : 0
  }

  return {
    add(entry) {
      const added: Entry = { ...entry, report: undefined, cause: 'unexplained' }
      entries.push(added)
      return added
    },
    position() {
      const since = lastCount()
      return entries.reduce((sum, { isCount, report }) => sum + units(isCount, report, since), 0)
    },
    effects(book, end) {
      const since = lastCount()
      const effects = new Map<Cause, number>()
      const add = (cause: Cause, amount: number) => {
        const sum = (effects.get(cause) ?? 0) + amount
        if (sum === 0) effects.delete(cause)
        else effects.set(cause, sum)
      }
      let real = 0
      let unheard: Entry | undefined
      for (const entry of entries) {
        if (entry.real && entry.real.at >= end) continue
        const happened = units(entry.isCount, entry.real, since)
        real += happened
        add(entry.cause, units(entry.isCount, entry.report, since) - happened)
        if (entry.isCount && entry.real!.at > since) unheard = entry
      }
      // A later count that has not come yet would have put the book right.
      add(unheard?.cause ?? 'unexplained', real - book)
      return effects
    },
  }
}
