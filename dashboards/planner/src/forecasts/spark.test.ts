import { expect, test } from 'vitest'
import { sparkPair } from './spark.ts'

test('both lines have one scale, and the second begins a day after the first ends', () => {
  expect(sparkPair([0, 5], [10], 20, 10)).toEqual({
    history: 'M0.0 10.0L10.0 5.0',
    forecast: 'M20.0 0.0',
    split: 15,
  })
})

test('nothing to draw is no line, and only zeros lie at the bottom', () => {
  expect(sparkPair([], [], 20, 10).history).toBe('')
  expect(sparkPair([0, 0], [], 20, 10).history).toBe('M0.0 10.0L20.0 10.0')
})
