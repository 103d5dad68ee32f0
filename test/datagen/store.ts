/** A store in which everything happens often, under conditions that are the same every day; for tests. */

import type {
  Conditions,
  DayConditions,
  Promotion,
  ReorderPolicy,
  StoreDay,
  Wants,
} from '@shelfcast/datagen/sim/model'
import { StoreSimulation } from '@shelfcast/datagen/sim/store-simulation'
import { PROFILES, type World } from '@shelfcast/datagen/world/world'
import { category, world } from './world.ts'

export interface Steady {
  seed?: number
  promotions?: readonly Promotion[]
  /** Days on which all stores are closed. */
  closed?: readonly number[]
}

/** Every store is open from 7 to 22, as busy at all hours; a viral product and a festival multiply by their strength. */
export function steadyConditions(
  world: World,
  { seed = 1, promotions = [], closed = [] }: Steady = {},
): Conditions {
  const zones = PROFILES.length
  const products = world.products.length
  const shares = Float64Array.from({ length: 24 }, (_, hour) => Math.min(1, Math.max(0, (hour - 6) / 15)))
  const price = Int32Array.from({ length: zones * products }, (_, at) => world.products[at % products]!.price)
  const byProduct = new Int16Array(zones * products).fill(-1)
  for (const [index, { product }] of promotions.entries()) {
    for (let zone = 0; zone < zones; zone++) byProduct[zone * products + product] = index
  }
  return {
    world,
    seed,
    on: (day): DayConditions => ({
      day,
      weather: [],
      storeFactor: new Float64Array(world.stores.length).fill(closed.includes(day) ? 0 : 1),
      categoryFactor: new Float64Array(world.stores.length * world.categories.length).fill(1),
      productFactor: new Float64Array(zones * products).fill(1),
      price,
      promotion: byProduct,
      promotions,
    }),
    hours: () => shares,
    lift({ kind, product, strength }, _store, expected) {
      if (kind === 'festival' || kind === 'rainy_week') return strength
      return kind === 'viral_product' && product === expected ? strength : 1
    },
    priceUnder(happenings, _store, product) {
      const drop = happenings.find(({ kind }) => kind === 'price_drop')
      return Math.round(world.products[product]!.price * (1 - (drop?.strength ?? 0)))
    },
  }
}

/** Monday, 24 November 2025: Dublin is on UTC. */
export const FROM = 20_416

const TOTALS = [
  'demand',
  'sold',
  'lost',
  'replaced',
  'revenue',
  'stockout',
  'onHand',
  'book',
  'onOrder',
  'stolen',
  'wasted',
] as const

/** Everything that can happen happens often; suppliers are slow enough for empty shelves. */
export function livelyWorld(overrides: Partial<World> = {}): World {
  const base = world()
  return {
    ...base,
    categories: [
      category({ substitution: 0.5, return_share: 0.05 }),
      category({ category: 'soup', warmth: -0.3, rain: 0.3, substitution: 0.7, return_share: 0.05 }),
      category({ category: 'chocolate', substitution: 0.4, return_share: 0.05 }),
    ],
    // Each has a twin that sells less; by weight, in packs so large that other stores get some of it.
    products: base.products.flatMap((item) => [
      { ...item, daily_units: item.unit === 'each' ? item.daily_units : 5 },
      {
        ...item,
        sku: `${item.sku}-B`,
        price: item.price + 30,
        daily_units: item.daily_units * 0.6,
        pack_multiple: item.pack_multiple * (item.unit === 'each' ? 1 : 5),
      },
    ]),
    noise: { ...base.noise, spike: 0.05, drop: 0.05, theft_run: 0.08, shrinkage: 0.01 },
    ...overrides,
  }
}

export const PROMOTIONS: Promotion[] = [
  { promotion_id: 'P1', product: 0, kind: 'multibuy', off: 0.3333, group: 3, from: FROM, to: FROM + 400 },
  { promotion_id: 'P2', product: 4, kind: 'coupon', off: 0.3, group: 1, from: FROM, to: FROM + 400 },
  { promotion_id: 'P3', product: 6, kind: 'price_off', off: 0.2, group: 1, from: FROM, to: FROM + 400 },
]

export function simulate(
  of: World = livelyWorld(),
  steady: Steady = { promotions: PROMOTIONS },
  policy?: ReorderPolicy,
) {
  return new StoreSimulation({ conditions: steadyConditions(of, steady), store: 0, from: FROM, policy })
}

/** A copy, since the arrays are used again. */
export function totals(day: StoreDay) {
  return {
    ...Object.fromEntries(TOTALS.map((name) => [name, Array.from(day[name])])),
    movements: day.movements,
    returns: day.returns,
    orders: day.orders,
    anomalies: day.anomalies,
  }
}

export function rows(wants: Wants, keeps: (hour: number) => boolean = () => true) {
  return Array.from({ length: wants.count }, (_, at) => ({
    product: wants.product[at]!,
    hour: wants.hour[at]!,
    claim: wants.claim[at]!,
    quantity: wants.quantity[at]!,
    got: wants.got[at]!,
    substitute: wants.substitute[at]!,
    substituteQuantity: wants.substituteQuantity[at]!,
    coupon: wants.coupon[at]!,
  })).filter(({ hour }) => keeps(hour))
}
