import { weekdayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { type FootfallDay, rainEffect } from './rain.ts'
import { interval } from './regression.ts'

/** Two stores under one sky and one under another, with weekdays, growth and a little chance. */
function year(effect: number): FootfallDay[] {
  const days: FootfallDay[] = []
  for (const [index, store] of ['a', 'b', 'c'].entries()) {
    for (let day = 20_000; day < 20_364; day++) {
      const sky = index < 2 ? 0 : 1
      const wetShare = (day * 7 + sky * 3) % 5 === 0 ? 0.25 * (1 + (day % 4)) : 0
      const chance = 0.02 * Math.sin(day * 13 + index * 5)
      const usual = 500 * (1 + index) * (1 + weekdayOf(day) / 10) * (1 + Math.floor(day / 14) / 3_000)
      days.push({
        store,
        zone: `sky ${sky}`,
        profile: 'campus',
        day,
        visits: usual * Math.exp(effect * wetShare + chance),
        rain_mm: wetShare * 8,
        wetShare,
      })
    }
  }
  return days
}

test('what rain does is found within its confidence interval', () => {
  const actual = rainEffect(year(-0.15), 'wetShare')!
  const [low, high] = interval(actual)
  expect(low).toBeLessThan(-0.15)
  expect(high).toBeGreaterThan(-0.15)
  expect(high - low).toBeLessThan(0.04)
  expect(rainEffect(year(-0.15), 'wetDay')!.estimate).toBeLessThan(-0.05)
})

test('days on which a store was closed are no wet days without customers', () => {
  const days = year(-0.15).map((day) => (day.day % 9 === 0 ? { ...day, visits: 0 } : day))
  expect(rainEffect(days, 'wetShare')!.estimate).toBeCloseTo(-0.15, 1)
  expect(rainEffect([], 'wetShare')).toBeUndefined()
})
