/** Store time against wall time. */

// A source that was held up (a broker that restarts) goes on from where it stood; it does not race to catch up.
const LAG_LIMIT_MS = 2_000

/** `max`, or seconds of store time in a second of wall time. */
export type Speed = number | 'max'

/** @returns for each event, milliseconds of wall time until it is due; 0 when it is due or late */
export function createPace(
  speed: Speed,
  now: () => number = () => performance.now(),
): (eventTime: number) => number {
  let origin: { store: number; wall: number } | undefined
  return (eventTime) => {
    if (speed === 'max') return 0
    const wall = now()
    origin ??= { store: eventTime, wall }
    const wait = origin.wall + (eventTime - origin.store) / speed - wall
    if (wait < -LAG_LIMIT_MS) origin = { store: eventTime, wall }
    return Math.max(0, wait)
  }
}

/** @returns undefined where the text is no speed */
export function speedOf(text: string): Speed | undefined {
  if (text === 'max') return 'max'
  const factor = Number(text)
  return Number.isFinite(factor) && factor > 0 ? factor : undefined
}
