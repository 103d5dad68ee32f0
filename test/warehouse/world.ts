/** Two stores of four SKUs with a past of 150 days, prices, promotions, a festival and weather. */
import type { Warehouse } from '@shelfcast/warehouse/client'
import { insert } from './warehouse.ts'

const FIRST = '2026-01-05'
export const DAYS = 150
const DAY_MS = 86_400_000
export const day = (number: number) =>
  new Date(Date.parse(FIRST) + number * DAY_MS).toISOString().slice(0, 10)
const STORES = ['S1', 'S2']
const SKUS = ['P1', 'P2', 'P3', 'G1']
export const LAST = day(DAYS - 1)
/** With 28 days after it that the tests may falsify. */
export const ORIGIN = day(DAYS - 29)

export const unitsOf = (store: number, sku: number, number: number) =>
  Math.max(0, Math.round(5 + 3 * store + sku + 3 * Math.sin((number * 2 * Math.PI) / 7)))

export async function fillWorld(warehouse: Warehouse): Promise<void> {
  await insert(
    warehouse,
    'dim_store',
    STORES.map((store_id) => ({
      store_id,
      name: store_id,
      profile: 'campus',
      region: 'r',
      time_zone: 'Europe/Dublin',
      currency: 'EUR',
      country: 'IE',
      weather_zone: 'z',
      source: 'twin',
      updated_at: `${FIRST} 00:00:00`,
    })),
  )
  await insert(
    warehouse,
    'dim_product',
    SKUS.map((sku) => ({
      sku,
      name: sku,
      department: 'd',
      category: sku === 'P3' ? 'Soup' : 'Bread',
      brand: 'b',
      price: 200,
      unit: sku === 'G1' ? 'g' : 'each',
      kind: 'merchandise',
      source: 'twin',
      updated_at: `${FIRST} 00:00:00`,
    })),
  )
  await insert(warehouse, 'history_datasets', [{ dataset: 'world-1', source: 'twin' }])
  const promoted = (number: number) => number % 42 >= 35
  await insert(
    warehouse,
    'sales_history',
    STORES.flatMap((store_id, store) =>
      SKUS.flatMap((sku, index) =>
        Array.from({ length: DAYS }, (_, number) => ({
          store_id,
          sku,
          business_date: day(number),
          returned: 0,
          revenue: 0,
          currency: 'EUR',
          price: 200,
          units:
            unitsOf(store, index, number) *
            (sku === 'G1' ? 1_000 : 1) *
            (sku === 'P1' && promoted(number) ? 2 : 1),
          unit: sku === 'G1' ? 'g' : 'each',
          promotion_id: sku === 'P1' && promoted(number) ? `W${Math.floor(number / 7)}-P1` : '',
          promotion_kind: sku === 'P1' && promoted(number) ? 'price_off' : '',
          // An empty shelf that sold nothing: it is not a day without demand.
          ...(sku === 'P2' && number === DAYS - 30 ? { units: 0, stock_out: true } : { stock_out: false }),
          dataset: 'world-1',
        })),
      ),
    ),
  )
  const weeks = Array.from({ length: Math.ceil((DAYS + 42) / 7) }, (_, week) => week)
  await insert(
    warehouse,
    'prices_weekly',
    SKUS.flatMap((sku) =>
      weeks.map((week) => ({
        profile: 'campus',
        sku,
        week: day(7 * week),
        price: week < 10 ? 200 : 220,
        source: 'twin',
      })),
    ),
  )
  await insert(
    warehouse,
    'promotions_planned',
    weeks
      .filter((week) => promoted(7 * week))
      .map((week) => ({
        profile: 'campus',
        sku: 'P1',
        week: day(7 * week),
        promotion_id: `W${week}-P1`,
        kind: 'price_off',
        off: 0.25,
        announced_on: day(7 * week - 42),
        source: 'twin',
      })),
  )
  await insert(
    warehouse,
    'calendar_daily',
    Array.from({ length: DAYS + 60 }, (_, number) => ({
      date: day(number),
      country: 'IE',
      weekday: (number % 7) + 1,
      source: 'twin',
      public_holiday: '',
      festival: number === DAYS - 20 ? 'halloween' : '',
    })),
  )
  await insert(
    warehouse,
    'weather_daily',
    Array.from({ length: DAYS }, (_, number) => ({
      zone_id: 'z',
      date: day(number),
      temperature_c: 10 + (number % 5),
      rain_mm: number % 3,
      source: 'twin',
    })),
  )
  await insert(
    warehouse,
    'weather_forecasts',
    Array.from({ length: DAYS }, (_, number) => number).flatMap((number) =>
      Array.from({ length: 10 }, (_, lead) => ({
        zone_id: 'z',
        issued_on: day(number),
        date: day(number + lead + 1),
        source: 'twin',
        temperature_c: 12,
        rain_mm: 4,
      })),
    ),
  )
}
