/** Lets a world live for some years, and gathers from it what is known of real retailers, and what only it knows. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import { createConditions } from '../sim/conditions.ts'
import { PLAIN_POLICY } from '../sim/model.ts'
import { createLive } from '../till/live.ts'
import { PROFILES, type World } from '../world/world.ts'
import type { TwinDigest } from './definition.ts'
import { describeHistogram } from './describe.ts'
import { digest } from './digest.ts'
import type { Observed } from './observed.ts'
import { elasticities } from './price.ts'
import { rainEffect } from './rain.ts'
import { readBaskets } from './twin-baskets.ts'
import { createTwinDays, type TwinDays } from './twin-days.ts'

export interface Twin extends Observed {
  world: World
  /** The day after the last one observed. */
  end: number
  basketDays: number
  truth: Pick<TwinDays, 'sales' | 'footfall' | 'rainByCategory' | 'stock'> & {
    baskets: number
    doubleScans: number
  }
}

/** New stores need time until shelves, orders and waste are as usual. */
const SETTLING_DAYS = 56
/** Baskets are many: of the years, so many days of them are read, from this share of the time on. */
const BASKET_DAYS = 84
const BASKETS_FROM = 0.6
/** Of a large world, of some stores. */
const BASKET_STORES = 8
const RUN = 'VALIDATE'

/** @param first day number of the first day observed */
export function observeTwin(
  { world, seed, first, days }: { world: World; seed: number; first: number; days: number },
  onProgress: (share: number) => void,
): Twin {
  const gathered = createTwinDays(world, first, days)
  const live = createLive(
    {
      conditions: createConditions(world, seed),
      policy: PLAIN_POLICY,
      run: RUN,
      onDay: (day) => gathered.add(day),
    },
    { day: first - SETTLING_DAYS },
  )
  const end = first + days
  const basketDays = Math.min(BASKET_DAYS, Math.ceil(days / 2))
  const basketsFrom = Math.min(end - basketDays, first + Math.floor(days * BASKETS_FROM))
  const everyStore = Math.ceil(world.stores.length / BASKET_STORES)
  const isQuiet = (store: number, day: number) =>
    store % everyStore !== 0 || day < basketsFrom || day >= basketsFrom + basketDays
  const { shopping, baskets, doubleScans } = readBaskets({
    world,
    live,
    // The last day has ended everywhere a day later.
    until: (end + 1) * DAY_MS,
    isQuiet,
    onHour: (at) => onProgress((at / DAY_MS - first + SETTLING_DAYS) / (days + 1 + SETTLING_DAYS)),
  })
  const { totals, daily, prices, lines, unitsBySku, ...truth } = gathered.result()
  return {
    name: `twin, world ${world.name}`,
    world,
    end,
    basketDays,
    totals,
    daily,
    prices,
    lines,
    unitsBySku,
    shopping,
    daysBetweenVisits: describeHistogram(shopping.gaps).mean,
    truth: { ...truth, baskets, doubleScans },
  }
}

/** All statistics of the twin, those that need the truth included. */
export function digestTwin(twin: Twin): TwinDigest {
  const { world, truth, prices } = twin
  const products = new Map(world.products.map((product) => [product.sku, product]))
  const wetDay = rainEffect(truth.sales, 'wetDay')
  return {
    ...digest(twin),
    elasticities: [...(prices ? elasticities(prices) : [])].map(([sku, coefficient]) => {
      const { category, character, elasticity } = products.get(sku)!
      return { sku, category, character, truth: elasticity, coefficient }
    }),
    rain: {
      ...(wetDay && { wetDay }),
      byProfile: PROFILES.flatMap((profile) => {
        const coefficient = rainEffect(
          truth.footfall.filter((day) => day.profile === profile),
          'wetShare',
        )
        return coefficient ? [{ profile, truth: world.profiles[profile].rain_footfall, coefficient }] : []
      }),
    },
    rainByCategory: world.categories.flatMap(({ category, rain }) => {
      const coefficient = rainEffect(truth.rainByCategory.get(category) ?? [], 'wetShare')
      return coefficient ? [{ category, truth: rain, coefficient }] : []
    }),
    stock: truth.stock,
    doubleScans: { baskets: truth.baskets, doubles: truth.doubleScans, rate: world.noise.double_scan },
  }
}
