import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { category, world } from '../../test/datagen/world.ts'
import { keyOf } from './random.ts'
import { createWeather, rainHours, weatherFactor, wetShare } from './weather.ts'

const zone = world().weather_zones[0]!
const two = world({ weather_zones: [zone, { ...zone, zone_id: 'cork', name: 'Cork' }] })
const FIRST = dayOf('2005-01-01')
const YEARS = 20
const weather = createWeather(two, 1)
const days = Array.from({ length: YEARS * 365 }, (_, index) => weather.on(FIRST + index))

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
function correlation(a: readonly number[], b: readonly number[]) {
  const [meanA, meanB] = [mean(a), mean(b)]
  const covariance = mean(a.map((value, index) => (value - meanA) * (b[index]! - meanB)))
  const variance = (values: readonly number[], around: number) =>
    mean(values.map((value) => (value - around) ** 2))
  return covariance / Math.sqrt(variance(a, meanA) * variance(b, meanB))
}

test('temperature follows the season, persists, and neighbours have much the same', () => {
  const anomalies = days.map(([dublin]) => dublin!.anomaly)
  expect(mean(days.map(([dublin]) => dublin!.temperature))).toBeCloseTo(zone.mean_temperature_c, 0)
  expect(Math.sqrt(mean(anomalies.map((value) => value * value)))).toBeCloseTo(zone.noise_c, 0)
  expect(correlation(anomalies.slice(1), anomalies.slice(0, -1))).toBeCloseTo(0.7, 1)
  expect(
    correlation(
      anomalies,
      days.map(([, cork]) => cork!.anomaly),
    ),
  ).toBeCloseTo(0.6, 1)
  const of = (month: string) =>
    mean(
      Array.from(
        { length: YEARS },
        (_, year) => weather.on(dayOf(`${2005 + year}-${month}-20`))[0]!.temperature,
      ),
    )
  expect(of('07') - of('01')).toBeGreaterThan(8)
})

test('it rains on as many days as the zone says, as much, and often for days', () => {
  const wet = days.map(([dublin]) => (dublin!.rain_mm > 0 ? 1 : 0))
  expect(mean(wet)).toBeCloseTo(zone.wet_days_share, 1)
  expect(mean(days.map(([dublin]) => dublin!.rain_mm).filter((mm) => mm > 0))).toBeCloseTo(zone.wet_day_mm, 0)
  expect(correlation(wet.slice(1), wet.slice(0, -1))).toBeGreaterThan(0.2)
  for (const [dublin] of days) expect(dublin!.rainHours > 0).toBe(dublin!.rain_mm > 0)
})

test('rain comes in one spell or two, and more of it lasts longer', () => {
  const counts = [1, 5, 20, 200].map((mm) => {
    const spells = new Set<number>()
    let hours = 0
    for (let n = 0; n < 300; n++) {
      const mask = rainHours(mm, keyOf(undefined, 'rain'), n * 3)
      expect(mask >>> 24).toBe(0)
      const text = mask.toString(2)
      spells.add(text.split(/0+/).filter(Boolean).length)
      hours += text.replaceAll('0', '').length
    }
    expect([...spells].every((count) => count === 1 || count === 2)).toBe(true)
    return hours / 300
  })
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(counts.at(-1)).toBe(24)
  expect(rainHours(0, keyOf(undefined, 'rain'), 0)).toBe(0)
})

test('what the weather does to a category', () => {
  const soup = category({ rain: 0.4, warmth: -0.3 })
  const dry = { anomaly: 0, rainHours: 0 }
  expect(weatherFactor(soup, dry)).toBe(1)
  expect(weatherFactor(soup, { anomaly: 0, rainHours: 0xffffff })).toBeCloseTo(Math.exp(0.4), 12)
  expect(weatherFactor(soup, { anomaly: 10, rainHours: 0 })).toBeCloseTo(Math.exp(-0.3), 12)
  expect(wetShare(0x00ffff)).toBeCloseTo(8 / 13, 12)
})
