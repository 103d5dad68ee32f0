import type { SumBand } from '@shelfcast/contracts/manifest'
import { DEFAULT_SETTINGS } from '@shelfcast/contracts/planning'
import { readLotsAtRisk, readTransfers } from '@shelfcast/warehouse/queries/lots'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { contextOf } from '../../../test/jobs/context.ts'
import {
  championOf,
  championsOf,
  dayAfter,
  fillReference,
  fillSeries,
  movement,
  SKUS,
  STORES,
} from '../../../test/jobs/detections.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { Backends } from '../backends.ts'
import type { Champion } from '../models/champions.ts'
import { findSlowMovers } from './find-slow-movers.ts'

const DAYS = 60
const LAST = dayAfter(DAYS - 1)
/** The morning after. */
const TODAY = dayAfter(DAYS)

let testWarehouse: TestWarehouse

beforeAll(async () => {
  testWarehouse = await startWarehouse()
  const { client } = testWarehouse
  await fillReference(client)
  await fillSeries(client, DAYS)
  // Two hours are over of the day.
  await insert(
    client,
    'till_clock',
    STORES.map((store_id) => ({
      store_id,
      till_id: 1,
      first_hour: `${LAST} 05:00:00`,
      last_hour: `${TODAY} 02:00:00`,
    })),
  )
  await insert(
    client,
    'fact_forecast',
    STORES.flatMap((store_id) =>
      SKUS.flatMap((sku) =>
        Array.from({ length: 28 }, (_, day) => ({
          store_id,
          sku,
          origin: LAST,
          horizon: day + 1,
          target_date: dayAfter(DAYS + day),
          model_version: 'v1',
          role: 'champion',
          served: true,
          unit: 'each',
          mean: 10,
        })),
      ),
    ),
  )
  await insert(client, 'forecast_scorings', [
    { origin: LAST, feature_hash: 'a', built_at: 0, turn: 1, model_version: 'v1', rows: 1 },
  ])
}, 60_000)
afterAll(() => testWarehouse?.stop())

const STOCK_TABLES = ['fact_inventory', 'stock_changes', 'stock_lot_changes', 'detection_runs']
beforeEach(async () => {
  for (const table of STOCK_TABLES) await testWarehouse.client.command({ query: `truncate table ${table}` })
})

/** A delivery last evening, of which nothing was sold yet. @param days of sale from today on */
const delivery = (sku: string, quantity: number, days: number, store_id = 'S1') => {
  const lot = `L-${store_id}-${sku}-${days}`
  return movement({
    store_id,
    sku,
    quantity,
    lot,
    movement_id: lot,
    expires_on: dayAfter(DAYS - 1 + days),
    event_time: `${LAST} 05:00:00`,
    business_date: LAST,
  })
}

/** Sales that scatter as a Poisson does. */
const BANDS: SumBand[] = [1, 28].map((days) => ({
  from_mean: 0,
  days,
  factor: 1,
  dispersion: 0,
  scale: 1,
  levels: [],
}))

const run = (
  choice: { champion?: Champion; settings?: object; bands?: SumBand[] | undefined; now?: string } = {},
) => {
  const { champion, settings, bands = BANDS, now = '2026-06-01T04:00:00Z' } = choice
  return findSlowMovers().run(
    contextOf(
      'find-slow-movers',
      {
        warehouse: testWarehouse.client,
        champions: championsOf(champion),
        registry: {
          champion: async () => ({ manifest: { demand: { sums: { model: bands, baseline: [] } } } }),
        } as unknown as Backends['registry'],
        operational: {
          query: async () =>
            settings === undefined
              ? []
              : [
                  {
                    version: 1,
                    settings: { ...DEFAULT_SETTINGS, ...settings },
                    actor: 'a',
                    reason: 'r',
                    at: null,
                  },
                ],
        } as unknown as Backends['operational'],
      },
      { now: () => Date.parse(now) },
    ),
  )
}

const lots = () => readLotsAtRisk(readerOf(testWarehouse.client), { limit: 100 })
const transfers = () => readTransfers(readerOf(testWarehouse.client), { limit: 100 })

test('a lot of which more is there than sells until it expires is told with a markdown and its range, one that sells is not', async () => {
  await insert(testWarehouse.client, 'fact_inventory', [
    // Ten a day sell, and the day has hardly begun: of 45 in three days some sixteen are left over.
    delivery('P1', 45, 3),
    delivery('P2', 10, 3),
    // Far too much, but for longer than anybody looks ahead.
    delivery('P3', 900, 60),
  ])
  const champion = await championOf('slow-mover')
  const { figures, shortfalls } = await run({ champion })
  expect(shortfalls).toEqual([])
  const actual = await lots()
  expect(actual).toHaveLength(1)
  expect(actual[0]).toMatchObject({
    store_id: 'S1',
    sku: 'P1',
    category: 'Bread',
    lot: 'L-S1-P1-3',
    expires_on: dayAfter(DAYS + 2),
    days_left: 3,
    on_hand: 45,
    stock: 45,
    price: 100,
    // 29 at 0.8 ** -2 are 45.
    markdown: { price: 80, off: 0.2 },
    markdown_reason: 'pays',
    elasticity: -2,
    elasticity_basis: 'usual',
    demand_basis: 'held_out_sums',
    transfer_quantity: 0,
  })
  const { expected_unsold, loss_amount, markdown, model_probability, steps } = actual[0]!
  // 10 * (22 / 24 + 2) are 29.17.
  expect(expected_unsold).toBeCloseTo(45 - 29.17, 1)
  expect(loss_amount).toBe(Math.round(expected_unsold! * 60))
  expect(model_probability).toBeGreaterThan(0.5)
  expect(markdown!.saved).toBeGreaterThan(0)
  expect(markdown!.low).toBeLessThan(markdown!.saved)
  expect(markdown!.high).toBeGreaterThan(markdown!.saved)
  expect(steps.map(({ price }) => price)).toEqual([90, 80, 70, 50])
  expect(figures).toMatchObject({ lots: 3, slow_movers: 1, markdowns: 1, saved_minor_units: markdown!.saved })
})

test('without a champion lots are judged by the distribution of demand, and the job says so', async () => {
  await insert(testWarehouse.client, 'fact_inventory', [delivery('P1', 60, 2), delivery('P1', 60, 3)])
  const { figures, shortfalls } = await run({ now: '2026-06-02T04:00:00Z' })
  expect(shortfalls).toEqual([expect.stringContaining('no champion of the model slow-mover')])
  const actual = (await lots()).sort((one, other) => one.days_left - other.days_left)
  // The one that expires first is sold first, and one price is proposed for both.
  expect(actual.map(({ lot }) => lot)).toEqual(['L-S1-P1-2', 'L-S1-P1-3'])
  expect(actual[0]!.expected_unsold).toBeCloseTo(60 - 19.17, 1)
  expect(actual[1]!.expected_unsold).toBeCloseTo(50, 0)
  expect(actual.every(({ model_probability }) => model_probability === null)).toBe(true)
  expect(actual.filter(({ markdown }) => markdown !== null)).toHaveLength(1)
  expect(figures).toMatchObject({ slow_movers: 2, markdowns: 1 })
})

test('what one store would throw away goes to one that runs short, with its arithmetic', async () => {
  const { client } = testWarehouse
  await insert(client, 'dim_store', [
    {
      store_id: 'S1',
      time_zone: 'UTC',
      currency: 'EUR',
      latitude: 53.35,
      longitude: -6.26,
      source: 'test',
      updated_at: 1,
    },
    {
      store_id: 'S2',
      time_zone: 'UTC',
      currency: 'EUR',
      latitude: 53.4,
      longitude: -6.3,
      source: 'test',
      updated_at: 1,
    },
    // In another currency.
    {
      store_id: 'S3',
      time_zone: 'UTC',
      currency: 'GBP',
      latitude: 53.35,
      longitude: -6.26,
      source: 'test',
      updated_at: 1,
    },
  ])
  await insert(client, 'fact_inventory', [
    delivery('P1', 120, 5, 'S1'),
    delivery('P1', 2, 5, 'S2'),
    delivery('P1', 2, 5, 'S3'),
  ])
  const { figures } = await run({ now: '2026-06-03T04:00:00Z' })
  const [line, ...others] = await transfers()
  expect(others).toEqual([])
  expect(line).toMatchObject({
    from_store: 'S1',
    to_store: 'S2',
    sku: 'P1',
    lot: 'L-S1-P1-5',
    expires_on: dayAfter(DAYS + 4),
  })
  // 48.75 sell at the sender until it expires; the receiver sells ten a day.
  expect(line!.quantity).toBeGreaterThan(25)
  expect(line!.quantity).toBeLessThan(60)
  expect(line!.km).toBeCloseTo(6.2, 0)
  expect(line!.steps.map(({ step }) => step)).toEqual([
    'sales_gained',
    'sales_risked',
    'waste_avoided',
    'waste_moved',
    'carriage',
    'line',
    'trip',
  ])
  let amount = 0
  for (const { before, after } of line!.steps) {
    expect(before).toBe(amount)
    amount = after
  }
  expect(line!.worth).toBe(amount)
  expect(line!.worth).toBe(line!.trip_worth)
  const trip = line!.steps.at(-1)!
  expect(trip.before - trip.after).toBeCloseTo(1_000 + 50 * line!.km, -1)
  expect(figures).toMatchObject({ transfers: 1, trips: 1, transfers_minor_units: line!.worth })
  expect((await lots()).find(({ store_id }) => store_id === 'S1')).toMatchObject({
    transfer_quantity: line!.quantity,
  })

  // A trip that costs more than it brings is not proposed.
  const { figures: dear } = await run({
    settings: { lots: { ...DEFAULT_SETTINGS.lots, trip_cost: 100_000 } },
    now: '2026-06-03T05:00:00Z',
  })
  expect(dear).toMatchObject({ transfers: 0, trips: 0 })
  expect(await transfers()).toEqual([])
})

test('what is not known is said: spread of sums, forecasts, days', async () => {
  const { client } = testWarehouse
  await insert(client, 'fact_inventory', [delivery('P1', 60, 2)])
  const withoutBands = findSlowMovers().run(
    contextOf(
      'find-slow-movers',
      {
        warehouse: client,
        champions: championsOf(await championOf('slow-mover')),
        registry: { champion: async () => undefined } as unknown as Backends['registry'],
        operational: { query: async () => [] } as unknown as Backends['operational'],
      },
      { now: () => Date.parse('2026-06-04T04:00:00Z') },
    ),
  )
  expect((await withoutBands).shortfalls).toEqual([expect.stringContaining('a usual spread is taken')])
  expect(await lots()).toMatchObject([{ demand_basis: 'default_spread' }])

  await client.command({ query: 'truncate table forecast_scorings' })
  const { shortfalls } = await run({ champion: await championOf('slow-mover'), now: '2026-06-05T04:00:00Z' })
  expect(shortfalls).toEqual([expect.stringContaining('There are no forecasts')])
  expect(await lots()).toMatchObject([
    { expected_unsold: null, markdown: null, markdown_reason: 'no_forecast' },
  ])

  await client.command({ query: 'truncate table series_spans' })
  expect((await run()).shortfalls).toEqual([expect.stringContaining('The daily series are empty')])
})
