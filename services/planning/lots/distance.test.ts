import { expect, test } from 'vitest'
import { distanceKm } from './distance.ts'

const place = (latitude: number | null, longitude: number | null, region = '') => ({
  latitude,
  longitude,
  region,
})

test('the great circle between cities, over the date line and the poles too', () => {
  const dublin = place(53.3498, -6.2603)
  // Dublin to Cork is 220 km, Paris to New York 5,837.
  expect(distanceKm(dublin, place(51.8985, -8.4756), 30)).toBeCloseTo(220, 0)
  expect(distanceKm(place(48.8566, 2.3522), place(40.7128, -74.006), 30)).toBeCloseTo(5_837, -1)
  expect(distanceKm(place(0, 179.5), place(0, -179.5), 30)).toBeCloseTo(111.2, 1)
  expect(distanceKm(place(90, 0), place(-90, 77), 30)).toBeCloseTo(20_015.1, 0)
  expect(distanceKm(dublin, dublin, 30)).toBe(0)
})

test('without coordinates a region is near, and anything else unknown', () => {
  expect(distanceKm(place(null, null, 'Munster'), place(51, -8, 'Munster'), 30)).toBe(30)
  expect(distanceKm(place(null, null, 'Munster'), place(null, null, 'Leinster'), 30)).toBeNull()
  expect(distanceKm(place(null, null), place(null, null), 30)).toBeNull()
})
