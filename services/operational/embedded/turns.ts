/** One at a time, in the order in which they asked. */
export interface Turns {
  /** Resolves when it is one's turn; until `leave` nobody else has it. */
  take(): Promise<void>
  leave(): void
  readonly waiting: number
}

export function createTurns(): Turns {
  const queue: (() => void)[] = []
  let taken = false
  return {
    async take() {
      if (taken) await new Promise<void>((resolve) => queue.push(resolve))
      taken = true
    },
    leave() {
      const next = queue.shift()
      // Whoever is next has it already, so that nobody slips in between.
      if (next) next()
      else taken = false
    },
    get waiting() {
      return queue.length
    },
  }
}
