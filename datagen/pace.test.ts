import { expect, test } from 'vitest'
import { createPace, speedOf } from './pace.ts'

test('an hour of store time takes a second at 3600', () => {
  let wall = 0
  const waitFor = createPace(3_600, () => wall)
  expect(waitFor(1_000_000)).toBe(0)
  expect(waitFor(1_000_000 + 3_600_000)).toBe(1_000)
  wall = 400
  expect(waitFor(1_000_000 + 3_600_000)).toBe(600)
})

test('as fast as possible never waits', () => {
  const waitFor = createPace('max', () => 0)
  expect([waitFor(0), waitFor(10 ** 12)]).toEqual([0, 0])
})

test('after being held up it goes on at its pace and does not race', () => {
  let wall = 0
  const waitFor = createPace(1, () => wall)
  waitFor(0)
  wall = 60_000
  expect(waitFor(1_000)).toBe(0)
  expect(waitFor(2_000)).toBe(1_000)
})

test('a speed is max or a factor above 0', () => {
  expect(speedOf('max')).toBe('max')
  expect(speedOf('0.5')).toBe(0.5)
  for (const text of ['0', '-1', 'fast', '', 'Infinity']) expect(speedOf(text)).toBeUndefined()
})
