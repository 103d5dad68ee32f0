/** Which days an input reads is what the feature definitions read: a day that is changed changes these inputs and no others. */
import { featureTable } from '@shelfcast/contracts/warehouse'
import { buildFeatures, featureHash, featureInputs } from '@shelfcast/warehouse/features'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { refreshSeries } from '@shelfcast/warehouse/series'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { DAYS, day, fillWorld, LAST } from '../../../test/warehouse/world.ts'
import { BASELINE_REACH, isWithin, REACH, type Reach, reachWords } from './reach.ts'

/** A day of each series is changed, at these ages. */
const AGES = [0, 3, 6, 13, 20, 27, 60, 100]
/** Through all series of the category, over years: no single day is followed into them. */
const OF_CATEGORIES = [
  'season_ratio',
  'season_change',
  'temperature_slope',
  'rain_slope',
  'temperature_effect',
  'rain_effect',
  'event_lift',
  'event_lift_after',
]

type Row = Record<string, number | string | null>
let server: TestWarehouse

beforeAll(async () => {
  server = await startWarehouse()
  await fillWorld(server.client)
  await refreshSeries(server.client)
}, 120_000)
afterAll(() => server?.stop())

async function features(): Promise<Row[]> {
  await server.client.command({ query: 'truncate table feature_builds' })
  await buildFeatures({ server: server.access, warehouse: server.client, origins: [LAST] })
  return rowsOf<Row>(
    server.client,
    `select * from ${featureTable(featureHash())} where origin = {origin:Date} order by store_id, sku, horizon`,
    { origin: LAST },
  )
}

test('every input that reads sales says which days, and no other', async () => {
  const before = await features()
  const series = [...new Map(before.map((row) => [`${row.store_id} ${row.sku}`, row])).values()]
  expect(series).toHaveLength(AGES.length)
  for (const [index, { store_id, sku }] of series.entries()) {
    await server.client.command({
      query: `insert into series_daily select * replace (units + 7 as units, filled_at + 3600 as filled_at)
        from series_daily final
        where store_id = {store_id:String} and sku = {sku:String} and day = {day:Date}`,
      query_params: { store_id, sku, day: day(DAYS - 1 - AGES[index]!) },
    })
  }
  const after = await features()
  for (const [index, { store_id, sku }] of series.entries()) {
    const age = AGES[index]!
    const changes = new Set<string>()
    for (const [at, row] of before.entries())
      if (row.store_id === store_id && row.sku === sku)
        for (const name of Object.keys(row)) if (row[name] !== after[at]![name]) changes.add(name)
    const inputs = [...changes].filter((name) => featureInputs().includes(name))
    // Sums change with the days of the other series too.
    const ofSeries = inputs.filter((name) => !REACH[name]?.sums && !OF_CATEGORIES.includes(name))
    expect(ofSeries.filter((name) => !REACH[name] || !isWithin(REACH[name], age))).toEqual([])
    const baselines = [...changes].filter((name) => name.startsWith('baseline_'))
    expect(baselines.filter((name) => !isWithin(baselineReach(name), age))).toEqual([])
    const expected = Object.keys(REACH).filter(
      (name) => /^(lag|mean|trend|weekday_\d|last_same)/.test(name) && isWithin(REACH[name]!, age),
    )
    expect(ofSeries).toEqual(expect.arrayContaining(expected))
  }
}, 120_000)

const baselineReach = (name: string): Reach =>
  BASELINE_REACH[name.replace('baseline_', '') as keyof typeof BASELINE_REACH]

test('what reads days is an input that there is, and says so in words', () => {
  expect(Object.keys(REACH).filter((name) => !featureInputs().includes(name))).toEqual([])
  expect(reachWords('lag_1')).toBe('the day of the origin')
  expect(reachWords('lag_7')).toBe('the day 6 days before the origin')
  expect(reachWords('weekday_28')).toBe('the 28 days up to the origin, of the same weekday')
  expect(reachWords('store_trend_28')).toBe(
    'the 90 days up to the origin, with all series of the category or store',
  )
  expect(reachWords('holiday')).toBe('')
})
