/** Loading can be held for a while, so that the warehouse can be rebuilt without two that load. The lake goes on. */

export interface LoadingTurns {
  /** Runs the work when loading is not held and one of the places is free. */
  enter<T>(work: () => Promise<T>): Promise<T>
  /** Holds loading for so long; resolves when nothing is under way. */
  hold(seconds: number): Promise<void>
  release(): void
  /** Raised at each release: what was known of the ledger before may be wrong. */
  readonly generation: number
  readonly isHeld: boolean
}

/** @param places how many may load at once */
export function createLoadingTurns(places: number): LoadingTurns {
  let underWay = 0
  let generation = 0
  let lease: NodeJS.Timeout | undefined
  const waiting: (() => void)[] = []
  const idle: (() => void)[] = []

  function admit(): void {
    while (lease === undefined && underWay < places && waiting.length > 0) {
      underWay++
      waiting.shift()!()
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
    async enter(work) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        admit()
      })
      try {
        return await work()
      } finally {
        underWay--
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
