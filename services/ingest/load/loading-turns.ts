/** Loading can be held for a while, so that the warehouse can be rebuilt without two that load. The lake goes on. */

export interface LoadingTurns {
  /**
   * Runs the work when loading is not held and there is a place, in the order of asking, but one small load at a time:
   * what waits meanwhile becomes a larger range, and that costs the warehouse less than several small ones at once.
   */
  enter<T>(work: () => Promise<T>, isLarge: boolean): Promise<T>
  /** Holds loading for so long; resolves when nothing is under way. */
  hold(seconds: number): Promise<void>
  release(): void
  /** Raised at each release: what was known of the ledger before may be wrong. */
  readonly generation: number
  readonly isHeld: boolean
}

/** @param places how many loads may be under way at once */
export function createLoadingTurns(places: number): LoadingTurns {
  let underWay = 0
  let smallUnderWay = 0
  let generation = 0
  let lease: NodeJS.Timeout | undefined
  const queue: { begin: () => void; isLarge: boolean }[] = []
  const idle: (() => void)[] = []

  function admit(): void {
    while (lease === undefined && underWay < places) {
      const next = queue.findIndex(({ isLarge }) => isLarge || smallUnderWay === 0)
      const [turn] = next < 0 ? [] : queue.splice(next, 1)
      if (!turn) return
      underWay++
      if (!turn.isLarge) smallUnderWay++
      turn.begin()
    }
  }

  function release(): void {
    if (lease === undefined) return
    clearTimeout(lease)
    lease = undefined
    generation++
    admit()
  }

  return {
    get generation() {
      return generation
    },
    get isHeld() {
      return lease !== undefined
    },
    async enter(work, isLarge) {
      await new Promise<void>((begin) => {
        queue.push({ begin, isLarge })
        admit()
      })
      try {
        return await work()
      } finally {
        underWay--
        if (!isLarge) smallUnderWay--
        if (underWay === 0) for (const resolve of idle.splice(0)) resolve()
        admit()
      }
    },
    async hold(seconds) {
      clearTimeout(lease)
      // Whoever holds it may die: then loading goes on by itself.
      lease = setTimeout(release, seconds * 1_000).unref()
      if (underWay > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
    release,
  }
}
