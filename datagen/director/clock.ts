/** The store clock: it can be paused, change its speed and be set forward, also while somebody waits for it. */
import type { Speed } from '@shelfcast/contracts/twin'

// A stream that was held up (a broker that restarts) goes on from where it stood; it does not race to catch up.
const LAG_LIMIT_MS = 2_000
// Longer timers fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface StoreClock {
  /** Milliseconds since 1970, store time. */
  time(): number
  /** Store time as of a moment of wall time, both since 1970: they stay as they are until something changes. */
  shown(): { store: number; asOf: number }
  readonly speed: Speed
  readonly paused: boolean
  pause(): void
  resume(): void
  setSpeed(speed: Speed): void
  /** Store time is `at` from now on. What lies before it is due at once, and does not count as lag. */
  set(at: number): void
  /** Tells how far the stream is: at full speed the clock follows it, and it waits for a stream that lags. */
  reached(at: number): void
  /** Wall time until `at`, in milliseconds: 0 when it is due, Infinity while the clock stands. */
  dueIn(at: number): number
  /** Resolves when `at` is due, or when the signal aborts. */
  until(at: number, signal: AbortSignal): Promise<void>
}

/** @param options.now wall time in milliseconds, from any origin */
export function createStoreClock(options: { at: number; speed: Speed; now?: () => number }): StoreClock {
  const { now = () => performance.now() } = options
  let { speed } = options
  let paused = false
  /** The clock showed `store` at wall time `wall`. */
  let anchor = anchorAt(options.at)
  let setTo = options.at
  const waiting = new Set<() => void>()

  function anchorAt(store: number) {
    return { store, wall: now(), asOf: Date.now() }
  }
  const time = () => (paused || speed === 'max' ? anchor.store : anchor.store + (now() - anchor.wall) * speed)
  function change(apply: () => void) {
    anchor = anchorAt(time())
    apply()
    for (const wake of [...waiting]) wake()
  }
  function dueIn(at: number): number {
    if (at <= time()) return 0
    if (paused) return Number.POSITIVE_INFINITY
    return speed === 'max' ? 0 : (at - time()) / speed
  }

  return {
    time,
    shown: () => anchor,
    get speed() {
      return speed
    },
    get paused() {
      return paused
    },
    pause: () =>
      change(() => {
        paused = true
      }),
    resume: () =>
      change(() => {
        paused = false
      }),
    setSpeed: (wanted) =>
      change(() => {
        speed = wanted
      }),
    set: (at) =>
      change(() => {
        anchor = anchorAt(at)
        setTo = at
      }),
    reached(at) {
      if (at < setTo || paused) return
      const lags = speed !== 'max' && time() - at > LAG_LIMIT_MS * speed
      if (lags || (speed === 'max' && at > anchor.store)) anchor = anchorAt(at)
    },
    dueIn,
    async until(at, signal) {
      while (!signal.aborted) {
        const wait = dueIn(at)
        if (wait === 0) return
        const { promise, resolve: wake } = Promise.withResolvers<void>()
        const onAbort = () => wake()
        const timer = Number.isFinite(wait)
          ? setTimeout(wake, Math.min(Math.ceil(wait), LONGEST_TIMER_MS))
          : undefined
        waiting.add(wake)
        signal.addEventListener('abort', onAbort)
        await promise
        signal.removeEventListener('abort', onAbort)
        clearTimeout(timer)
        waiting.delete(wake)
      }
    },
  }
}
