/** A value that others use while it is replaced: it is let go when the last of them has ended. */

export interface Swap<T> {
  /** The value that serves now. */
  current(): T | undefined
  /** Puts another in its place at once. @param release called when nobody uses the new value any more, after it was replaced */
  replace(value: T | undefined, release: () => Promise<void>): void
  /** Does the work with the value of now, however often it is replaced meanwhile. */
  use<R>(work: (value: T | undefined) => Promise<R> | R): Promise<R>
}

interface Held<T> {
  value: T | undefined
  users: number
  isReplaced: boolean
  release: () => Promise<void>
}

/** @param onFault told when a value could not be let go */
export function createSwap<T>(onFault: (error: unknown) => void): Swap<T> {
  let holding: Held<T> = { value: undefined, users: 0, isReplaced: false, release: async () => {} }
  const letGo = ({ users, isReplaced, release }: Held<T>) => {
    if (users === 0 && isReplaced) release().catch(onFault)
  }
  return {
    current: () => holding.value,
    replace(value, release) {
      const previous = holding
      holding = { value, users: 0, isReplaced: false, release }
      previous.isReplaced = true
      letGo(previous)
    },
    async use(work) {
      const lease = holding
      lease.users++
      try {
        return await work(lease.value)
      } finally {
        lease.users--
        letGo(lease)
      }
    },
  }
}
