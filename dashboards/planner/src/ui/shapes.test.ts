import { expect, test } from 'vitest'
import { barWidth, sparkPath } from './shapes.ts'

test('a bar is a share of the largest, and what is there can be seen', () => {
  expect(barWidth(50, 200)).toBe(25)
  expect(barWidth(1, 1_000_000)).toBe(0.5)
  expect(barWidth(-5, 100)).toBe(0)
  expect(barWidth(0, 0)).toBe(0)
})

test('a sparkline rises from 0 at the bottom to the largest at the top', () => {
  expect(sparkPath([0, 5, 10], 100, 20)).toBe('M0.0 20.0L50.0 10.0L100.0 0.0')
})

test('a sparkline with returns has its lowest value at the bottom', () => {
  expect(sparkPath([-10, 0, 10], 100, 20)).toBe('M0.0 20.0L50.0 10.0L100.0 0.0')
})

test('a sparkline without sales lies on the bottom, and one value draws nothing', () => {
  expect(sparkPath([0, 0], 100, 20)).toBe('M0.0 20.0L100.0 20.0')
  expect(sparkPath([7], 100, 20)).toBe('')
})
