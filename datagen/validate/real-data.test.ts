/** The real files, read and measured: known of each is what others have counted. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeHistogram, quantile } from './describe.ts'
import { type Digest, digest } from './digest.ts'
import { type RealData, readRealData } from './real-data.ts'

const FOLDER = process.env.SHELFCAST_DATA ?? resolve(import.meta.dirname, '../../../shared/data')
const NO_DATA = existsSync(FOLDER) ? undefined : `no real data in ${FOLDER}: set SHELFCAST_DATA`

describe.skipIf(NO_DATA !== undefined)(`real retailers${NO_DATA ? ` (${NO_DATA})` : ''}`, () => {
  const digests = {} as Record<keyof RealData, Digest>

  beforeAll(async () => {
    const { data: actual, missing } = await readRealData(FOLDER, () => {})
    expect(missing).toEqual([])
    for (const name of ['completeJourney', 'onlineRetail', 'm5'] as const)
      digests[name] = digest(actual[name]!)
  }, 60_000)

  test('Complete Journey: baskets of the whole file come back from its sample', () => {
    const { baskets, weekdays } = digests.completeJourney
    const sizes = describeHistogram(baskets!.sizes.get('supermarket')!)
    // The whole file has 9.4 lines a basket.
    expect(sizes.mean).toBeGreaterThan(8.5)
    expect(sizes.mean).toBeLessThan(10.5)
    expect(baskets!.daysBetweenVisits).toBeGreaterThan(5)
    expect(baskets!.daysBetweenVisits).toBeLessThan(7)
    expect(weekdays.get('supermarket')![6]).toBeGreaterThan(0.17)
  })

  test('Online Retail: no Saturdays, returns, and lines that repeat', () => {
    const { baskets, weekdays, counts } = digests.onlineRetail
    expect(weekdays.get('wholesale')![5]).toBe(0)
    expect(baskets!.returnShare).toBeCloseTo(0.016, 3)
    expect(baskets!.repeatingShare).toBeGreaterThan(0.05)
    expect(counts!.classes.lumpy).toBeGreaterThan(0.7)
  })

  test('M5: half of the days without a sale, and a price that matters', () => {
    const { counts, elasticity, months } = digests.m5
    expect(counts!.series).toBe(823)
    expect(counts!.zeroShare).toBeCloseTo(0.52, 2)
    expect(quantile(counts!.dispersions, 0.5)).toBeCloseTo(1.84, 2)
    expect(elasticity!.estimate).toBeLessThan(-0.5)
    expect(months.get('all')!.indexOf(Math.max(...months.get('all')!))).toBe(7)
  })
})

test('files that are not there are named, and the rest goes on', async () => {
  const { data: actual, missing } = await readRealData(resolve(import.meta.dirname, 'nowhere'), () => {})
  expect(actual).toEqual({})
  expect(missing).toHaveLength(6)
  expect(missing[0]).toMatch(/complete-journey\/transactions\.csv\.gz$/)
})
