import { afterEach, expect, test, vi } from 'vitest'
import { createLoadingTurns } from './loading-turns.ts'

afterEach(() => void vi.useRealTimers())

/** Work that is under way until it is told to end. */
function work() {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { run: () => ended, end }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('holding waits for what is under way, and nothing begins until it is released', async () => {
  const turns = createLoadingTurns(1)
  const first = work()
  const done: string[] = []
  const loads = [
    turns.enter(first.run, false).then(() => done.push('first')),
    turns.enter(async () => undefined, false).then(() => done.push('second')),
  ]
  const held = turns.hold(60).then(() => done.push('held'))
  await settled()
  expect(done).toEqual([])
  first.end()
  await held
  await settled()
  expect(done.toSorted()).toEqual(['first', 'held'])
  const generation = turns.generation
  turns.release()
  await Promise.all(loads)
  expect(done).toContain('second')
  expect(turns.generation).toBe(generation + 1)
})

test('large loads run side by side, and small ones one at a time, each in its turn', async () => {
  const turns = createLoadingTurns(2)
  const begun: string[] = []
  const loads = ['small', 'large', 'small too', 'large too', 'large as well'].map((name) => {
    const { run, end } = work()
    const load = turns.enter(() => {
      begun.push(name)
      return run()
    }, name.startsWith('large'))
    return { load, end }
  })
  const finish = async (index: number) => {
    loads[index]!.end()
    await loads[index]!.load
    await settled()
  }
  await settled()
  expect(begun).toEqual(['small', 'large'])
  await finish(1)
  expect(begun).toEqual(['small', 'large', 'large too'])
  await finish(0)
  expect(begun).toEqual(['small', 'large', 'large too', 'small too'])
  await finish(2)
  await finish(3)
  expect(begun.at(-1)).toBe('large as well')
  await finish(4)
})

test('a hold that is not renewed ends by itself', async () => {
  vi.useFakeTimers()
  const turns = createLoadingTurns(1)
  await turns.hold(30)
  await vi.advanceTimersByTimeAsync(20_000)
  await turns.hold(30)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(turns.isHeld).toBe(true)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(turns.isHeld).toBe(false)
  expect(turns.generation).toBe(1)
})
