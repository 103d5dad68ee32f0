/** The store clock: it can be paused, change its speed and be set forward, also while somebody waits for it. */
import type { Speed } from '@shelfcast/contracts/twin'

// A stream that was held up (a broker that restarts) goes on from where it stood; it does not race to catch up.
const LAG_LIMIT_MS = 2_000
// Longer timers fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export class StoreClock {
  readonly #now: () => number
  #speed: Speed
  #isPaused = false
  /** The clock showed `store` at wall time `wall`, which is `asOf` since 1970. */
  #anchor: { store: number; wall: number; asOf: number }
  /** What lies before it is due at once, and does not count as lag. */
  #begin: number
  readonly #sleepers = new Set<() => void>()

  /** @param options.now wall time in milliseconds, from any origin */
  constructor(options: { at: number; speed: Speed; now?: () => number }) {
    this.#now = options.now ?? (() => performance.now())
    this.#speed = options.speed
    this.#anchor = this.#anchorAt(options.at)
    this.#begin = options.at
  }

  /** Milliseconds since 1970, store time. */
  time(): number {
    const { store, wall } = this.#anchor
    return this.#isPaused || this.#speed === 'max' ? store : store + (this.#now() - wall) * this.#speed
  }

  /** Store time as of a moment of wall time, both since 1970: they stay as they are until something changes. */
  shown(): { store: number; asOf: number } {
    return this.#anchor
  }

  get speed(): Speed {
    return this.#speed
  }

  get paused(): boolean {
    return this.#isPaused
  }

  pause(): void {
    this.#change(() => {
      this.#isPaused = true
    })
  }

  resume(): void {
    this.#change(() => {
      this.#isPaused = false
    })
  }

  setSpeed(speed: Speed): void {
    this.#change(() => {
      this.#speed = speed
    })
  }

  /** Store time is `at` from now on. What lies before it is due at once, and does not count as lag. */
  set(at: number): void {
    this.#change(() => {
      this.#anchor = this.#anchorAt(at)
      this.#begin = at
    })
  }

  /** Tells how far the stream is: at full speed the clock follows it, and it waits for a stream that lags. */
  reached(at: number): void {
    if (at < this.#begin || this.#isPaused) return
    const speed = this.#speed
    const lags = speed !== 'max' && this.time() - at > LAG_LIMIT_MS * speed
    if (lags || (speed === 'max' && at > this.#anchor.store)) this.#anchor = this.#anchorAt(at)
  }

  /** Wall time until `at`, in milliseconds: 0 when it is due, Infinity while the clock stands. */
  dueIn(at: number): number {
    const time = this.time()
    if (at <= time) return 0
    if (this.#isPaused) return Number.POSITIVE_INFINITY
    return this.#speed === 'max' ? 0 : (at - time) / this.#speed
  }

  /** Resolves when `at` is due, or when the signal aborts. */
  async until(at: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = this.dueIn(at)
      if (wait === 0) return
      const { promise, resolve: wake } = Promise.withResolvers<void>()
      const onAbort = () => wake()
      const timer = Number.isFinite(wait)
        ? setTimeout(wake, Math.min(Math.ceil(wait), LONGEST_TIMER_MS))
        : undefined
      this.#sleepers.add(wake)
      signal.addEventListener('abort', onAbort)
      await promise
      signal.removeEventListener('abort', onAbort)
      clearTimeout(timer)
      this.#sleepers.delete(wake)
    }
  }

  #anchorAt(store: number) {
    return { store, wall: this.#now(), asOf: Date.now() }
  }

  #change(apply: () => void): void {
    this.#anchor = this.#anchorAt(this.time())
    apply()
    for (const wake of [...this.#sleepers]) wake()
  }
}
