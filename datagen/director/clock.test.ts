import { HOUR_MS } from '@shelfcast/contracts/dates'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StoreClock } from './clock.ts'

const NEVER = new AbortController().signal

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Whether a promise has been kept by now. */
function watch(promise: Promise<void>): () => boolean {
  let kept = false
  promise.then(() => {
    kept = true
  })
  return () => kept
}

test('an hour of store time takes a second at 3600', async () => {
  const clock = new StoreClock({ at: 0, speed: 3_600 })
  expect(clock.dueIn(2 * HOUR_MS)).toBe(2_000)
  await vi.advanceTimersByTimeAsync(500)
  expect(clock.time()).toBe(HOUR_MS / 2)
  expect(clock.dueIn(HOUR_MS / 2)).toBe(0)
})

test('a change of speed holds at once, also for whoever waits', async () => {
  const clock = new StoreClock({ at: 0, speed: 1 })
  const isDue = watch(clock.until(HOUR_MS, NEVER))
  await vi.advanceTimersByTimeAsync(10_000)
  clock.setSpeed(3_600)
  await vi.advanceTimersByTimeAsync(900)
  expect(isDue()).toBe(false)
  await vi.advanceTimersByTimeAsync(100)
  expect(isDue()).toBe(true)
  expect(clock.time()).toBe(10_000 + HOUR_MS)
})

test('while it is paused nothing becomes due, and it goes on where it stood', async () => {
  const clock = new StoreClock({ at: 0, speed: 3_600 })
  const isDue = watch(clock.until(HOUR_MS, NEVER))
  await vi.advanceTimersByTimeAsync(400)
  clock.pause()
  await vi.advanceTimersByTimeAsync(60_000)
  expect({ due: isDue(), time: clock.time(), wait: clock.dueIn(HOUR_MS) }).toEqual({
    due: false,
    time: 0.4 * HOUR_MS,
    wait: Number.POSITIVE_INFINITY,
  })
  clock.resume()
  await vi.advanceTimersByTimeAsync(599)
  expect(isDue()).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(isDue()).toBe(true)
})

test('set forward, what lies before is due, and is no lag', async () => {
  const clock = new StoreClock({ at: 0, speed: 3_600 })
  const isDue = watch(clock.until(100 * HOUR_MS, NEVER))
  clock.set(200 * HOUR_MS)
  await vi.advanceTimersByTimeAsync(0)
  expect(isDue()).toBe(true)
  clock.reached(3 * HOUR_MS)
  expect(clock.time()).toBe(200 * HOUR_MS)
})

test('it waits for a stream that was held up, instead of racing', async () => {
  const clock = new StoreClock({ at: 0, speed: 3_600 })
  await vi.advanceTimersByTimeAsync(60_000)
  clock.reached(59 * HOUR_MS)
  expect(clock.time()).toBe(60 * HOUR_MS)
  clock.reached(HOUR_MS)
  expect(clock.time()).toBe(HOUR_MS)
})

test('at full speed it follows the stream, and everything is due but while it is paused', () => {
  const clock = new StoreClock({ at: 0, speed: 'max' })
  expect(clock.dueIn(10 * HOUR_MS)).toBe(0)
  clock.reached(10 * HOUR_MS)
  expect(clock.time()).toBe(10 * HOUR_MS)
  clock.pause()
  expect(clock.dueIn(11 * HOUR_MS)).toBe(Number.POSITIVE_INFINITY)
})

test('a stop ends the waiting', async () => {
  const clock = new StoreClock({ at: 0, speed: 1 })
  const stop = new AbortController()
  clock.pause()
  const isDue = watch(clock.until(HOUR_MS, stop.signal))
  stop.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(isDue()).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})
