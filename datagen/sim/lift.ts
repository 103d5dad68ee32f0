/** How the director's happenings change demand, prices and weather. What customers want without them stays as it is. */
import { PROFILES, type World } from '../world/world.ts'
import { power } from './arithmetic.ts'
import type { Footfall } from './footfall.ts'
import type { Conditions, DailyWeather, DayConditions, Happening } from './model.ts'
import { keyOf } from './random.ts'
import { type FeltWeather, rainHours, weatherFactor } from './weather.ts'

/** What the rest of a category keeps while one of its products goes viral. */
const BESIDE_VIRAL = 0.97

export function createLift(
  world: World,
  footfall: Footfall,
  on: (day: number) => DayConditions,
): Pick<Conditions, 'lift' | 'priceUnder'> {
  const { products, categories, stores } = world
  const categoryIndex = new Map(categories.map(({ category }, index) => [category, index]))
  const categoryOf = products.map(({ category }) => categoryIndex.get(category)!)
  const zones = new Map(world.weather_zones.map(({ zone_id }, index) => [zone_id, index]))
  const zoneOf = stores.map(({ weather_zone }) => zones.get(weather_zone)!)
  const profileOf = stores.map(({ profile }) => PROFILES.indexOf(profile))
  const festive = festiveness(world)
  const weatherRatios = new WeakMap<Happening, Map<number, Float64Array>>()

  const isAt = (happening: Happening, store: number) => happening.stores?.includes(store) ?? true
  const isAbout = (happening: Happening, product: number) =>
    (happening.category === undefined || happening.category === categoryOf[product]) &&
    (happening.product === undefined || happening.product === product)

  const priceUnder = (happenings: readonly Happening[], store: number, product: number, day: number) => {
    let price = on(day).price[profileOf[store]! * products.length + product]!
    for (const happening of happenings) {
      if (happening.kind !== 'price_drop' || !isAt(happening, store) || !isAbout(happening, product)) continue
      price = Math.max(1, Math.round(price * (1 - happening.strength)))
    }
    return price
  }

  /** By category: the response to the happening's weather, relative to the response to the day's own. */
  const weatherRatio = (happening: Happening, store: number, day: number) => {
    let ratiosByDay = weatherRatios.get(happening)
    if (!ratiosByDay) {
      ratiosByDay = new Map()
      weatherRatios.set(happening, ratiosByDay)
    }
    const at = day * stores.length + store
    let ratios = ratiosByDay.get(at)
    if (!ratios) {
      const own = on(day).weather[zoneOf[store]!]!
      const other = overridden(own, happening, stores[store]!.weather_zone, day)
      const visits = footfall.rain(store, other.rainHours) / footfall.rain(store, own.rainHours)
      ratios = Float64Array.from(
        categories,
        (category) => (visits * weatherFactor(category, other)) / weatherFactor(category, own),
      )
      ratiosByDay.set(at, ratios)
    }
    return ratios
  }

  return {
    priceUnder,
    lift(happening, store, product, day) {
      if (!isAt(happening, store)) return 1
      const category = categoryOf[product]!
      switch (happening.kind) {
        case 'festival':
          return isAbout(happening, product) ? 1 + (happening.strength - 1) * festive[category]! : 1
        case 'price_drop': {
          if (!isAbout(happening, product)) return 1
          const price = on(day).price[profileOf[store]! * products.length + product]!
          return power(priceUnder([happening], store, product, day) / price, products[product]!.elasticity)
        }
        case 'rainy_week':
        case 'heat_wave':
          return weatherRatio(happening, store, day)[category]!
        case 'viral_product':
          if (happening.product === product) return happening.strength
          return happening.product !== undefined && categoryOf[happening.product] === category
            ? BESIDE_VIRAL
            : 1
        default:
          return 1
      }
    },
  }
}

/** Rain on top of what the day has, or heat and a clear sky. */
function overridden(weather: DailyWeather, happening: Happening, zone: string, day: number): FeltWeather {
  if (happening.kind === 'heat_wave') {
    return { anomaly: Math.max(weather.anomaly, happening.strength), rainHours: 0 }
  }
  const mm = Math.max(weather.rain_mm, happening.strength)
  const falls = rainHours(mm, keyOf(undefined, happening.id, zone, day), 0)
  return { anomaly: weather.anomaly, rainHours: weather.rainHours | falls }
}

/** By category, from 0 to 1: its uplift over all festivals, relative to the category that they lift most. */
function festiveness(world: World): number[] {
  const uplifts = world.categories.map(({ festivals }) =>
    Object.values(festivals).reduce((sum, uplift) => sum + Math.max(0, uplift), 0),
  )
  const most = Math.max(...uplifts)
  // A world without festivals: an invented one is everybody's.
  return uplifts.map((uplift) => (most > 0 ? uplift / most : 1))
}
