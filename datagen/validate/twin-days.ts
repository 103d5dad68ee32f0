/** Store days of the twin as figures need them: daily sales, weekly prices, footfall, and what became of the stock. */
import { calendarDate, weekdayOf } from '@shelfcast/contracts/dates'
import type { StoreDay } from '../sim/model.ts'
import { wetShare } from '../sim/weather.ts'
import { PROMOTION_KINDS, type TwinProduct, type World } from '../world/world.ts'
import { sum } from './describe.ts'
import type { CategoryTotals, DailySales, LineShares, Series } from './observed.ts'
import { emptyPanel, type PricePanel } from './price.ts'
import type { FootfallDay } from './rain.ts'

export interface Stock {
  /** Products that a store lists, on days that it is open; and those that were missed on them. */
  productDays: number
  stockouts: number
  /** Pieces, or portions. */
  demand: number
  lost: number
  replaced: number
  /** At shelf prices, minor units. */
  revenue: number
  wasted: number
  stolen: number
  /** The same of goods that keep for two weeks at most. */
  freshRevenue: number
  freshWasted: number
  /** Products in stores on the last day, and those of which the store believes to have another number than it has. */
  records: number
  wrongRecords: number
}

export interface TwinDays {
  totals: readonly CategoryTotals[]
  /** Of a large world, of some products. */
  daily: DailySales
  prices: PricePanel
  lines: LineShares
  unitsBySku: ReadonlyMap<string, number>
  /** All goods. */
  sales: readonly FootfallDay[]
  /** All goods, less what rain does to the taste for each category: that stands for the customers who came. */
  footfall: readonly FootfallDay[]
  /** Categories of which rain changes the demand. */
  rainByCategory: ReadonlyMap<string, readonly FootfallDay[]>
  stock: Stock
}

/** Of so many products of stores every day and every price is kept: enough for statistics, and for memory. */
const MOST_SERIES = 4_000
const FRESH_DAYS = 14
const DAYS_OF_WEEK = 7
/** A promotion is missed in sales for two weeks after it. */
const AFTER_WEEKS = 2
const GRAMS_OF_KILOGRAM = 1_000

/** A product of a store in the week that runs. */
interface Week {
  units: number
  days: number
  price: number
  promotion: number
}

/** Observes store days from `first` on, for as many days. */
export function createTwinDays(
  world: World,
  first: number,
  days: number,
): { add(day: StoreDay): void; result(): TwinDays } {
  const { products, stores, categories } = world
  const categoryOf = new Map(categories.map(({ category }, index) => [category, index]))
  const category = products.map((product) => categoryOf.get(product.category)!)
  const everyProduct = Math.ceil((products.length * stores.length) / MOST_SERIES)

  const series = createSeries(world, first, days)
  const weeks = createWeeks(world)
  const totals = createTotals(world, first, days)
  const visits = createVisits(world)
  const account = createStockAccount(world, first + days - 1)
  const lines: LineShares = { lines: 0, discounted: 0 }
  const unitsBySku = new Map<string, number>()

  return {
    add(day) {
      if (day.day < first || day.day >= first + days) return
      const isOpen = day.conditions.storeFactor[day.store]! > 0
      const categoryUnits = new Float64Array(categories.length)
      for (const [product, { sku, unit, portion }] of products.entries()) {
        if (!day.listed[product] || !isOpen) continue
        const units = day.sold[product]! / portionOf(unit, portion)
        if (product % everyProduct === 0) {
          series.add(day, product, units)
          weeks.add(day, product, units)
        }
        unitsBySku.set(sku, (unitsBySku.get(sku) ?? 0) + units)
        lines.lines += units
        if (day.promotion[product]! >= 0) lines.discounted += units
        account.add(day, product, units)
        categoryUnits[category[product]!]! += units
      }
      if (isOpen) {
        totals.add(day, categoryUnits)
        visits.add(day, categoryUnits)
      }
      if (weekdayOf(day.day) === DAYS_OF_WEEK) weeks.close(day)
    },
    result: () => ({
      totals: totals.result(),
      daily: { first, days, series: series.result() },
      prices: weeks.prices,
      lines,
      unitsBySku,
      sales: visits.sales,
      footfall: visits.footfall,
      rainByCategory: visits.rainByCategory,
      stock: account.stock,
    }),
  }
}

/** Goods by weight count in portions. */
function portionOf(unit: TwinProduct['unit'], portion: number): number {
  return unit === 'each' ? 1 : portion
}

function createSeries({ products, stores }: World, first: number, days: number) {
  const series = new Map<number, Series>()
  return {
    add({ store, day }: StoreDay, product: number, units: number): void {
      const { sku, category } = products[product]!
      const key = store * products.length + product
      let entry = series.get(key)
      if (!entry) {
        const { profile } = stores[store]!
        entry = { category, profile, sku, units: new Float32Array(days).fill(Number.NaN) }
        series.set(key, entry)
      }
      entry.units[day - first] = units
    },
    result: () => [...series.values()],
  }
}

/** Prices and promotions run from Monday to Sunday. */
function createWeeks({ products, stores }: World) {
  const weeks = new Map<number, Week>()
  const lastPromotion = new Map<number, number>()
  const prices = emptyPanel()

  return {
    prices,
    add(day: StoreDay, product: number, units: number): void {
      const key = day.store * products.length + product
      let week = weeks.get(key)
      if (!week) {
        week = { units: 0, days: 0, price: 0, promotion: -1 }
        weeks.set(key, week)
      }
      week.price = day.price[product]!
      week.promotion = day.promotion[product]!
      // A day on which it was missing says what was there, not what customers wanted.
      if (day.stockout[product]) return
      week.units += units
      week.days++
    },
    /** Of a store, on the Sunday. */
    close({ store, day, conditions }: StoreDay): void {
      const { store_id } = stores[store]!
      const begin = store * products.length
      const ofWeek = Math.floor(day / DAYS_OF_WEEK)
      for (const [product, { sku, category }] of products.entries()) {
        const week = weeks.get(begin + product)
        if (!week) continue
        weeks.delete(begin + product)
        const promotion = conditions.promotions[week.promotion]
        const isForAll = promotion?.kind === 'price_off' || promotion?.kind === 'end_cap'
        const since = ofWeek - (lastPromotion.get(begin + product) ?? Number.NEGATIVE_INFINITY)
        if (promotion) lastPromotion.set(begin + product, ofWeek)
        if (week.days === 0) continue
        prices.series.push(`${store_id} ${sku}`)
        prices.sku.push(sku)
        prices.category.push(category)
        prices.market.push(`${store_id} ${ofWeek}`)
        prices.month.push(calendarDate(day).month)
        prices.units.push(week.units)
        prices.days.push(week.days)
        prices.price.push(week.price * (isForAll ? 1 - promotion.off : 1))
        prices.after.push(!promotion && since <= AFTER_WEEKS ? 1 : 0)
        for (const kind of PROMOTION_KINDS) {
          prices.promoted[kind].push(promotion?.kind === kind ? 1 : 0)
        }
      }
    },
  }
}

function createTotals({ stores, categories }: World, first: number, days: number) {
  const totals = new Map<string, CategoryTotals>()
  return {
    /** @param units by category */
    add({ store, day }: StoreDay, units: Float64Array): void {
      const { profile } = stores[store]!
      categories.forEach(({ category }, index) => {
        const key = `${profile}/${category}`
        let entry = totals.get(key)
        if (!entry) {
          entry = { category, profile, first, units: new Float64Array(days).fill(Number.NaN) }
          totals.set(key, entry)
        }
        entry.units[day - first] = (entry.units[day - first] || 0) + units[index]!
      })
    },
    result: () => [...totals.values()],
  }
}

function createVisits({ stores, categories, profiles, weather_zones }: World) {
  const zones = new Map(weather_zones.map(({ zone_id }, index) => [zone_id, index]))
  const sales: FootfallDay[] = []
  const footfall: FootfallDay[] = []
  const rainByCategory = new Map<string, FootfallDay[]>()

  return {
    sales,
    footfall,
    rainByCategory,
    /** @param units by category */
    add({ store: at, day, conditions }: StoreDay, units: Float64Array): void {
      const store = stores[at]!
      const { rain_mm, rainHours } = conditions.weather[zones.get(store.weather_zone)!]!
      const { hour_weights } = profiles[store.profile]
      const [open, close] = store.hours as [number, number]
      let [wetHours, openHours] = [0, 0]
      for (let hour = open; hour < close; hour++) {
        openHours += hour_weights[hour]!
        if ((rainHours >> hour) & 1) wetHours += hour_weights[hour]!
      }
      const footfallDay = (visits: number): FootfallDay => ({
        store: store.store_id,
        zone: store.weather_zone,
        profile: store.profile,
        day,
        visits,
        rain_mm,
        wetShare: openHours > 0 ? wetHours / openHours : 0,
      })
      const taste = (index: number) => 1 + Math.expm1(categories[index]!.rain) * wetShare(rainHours)
      sales.push(footfallDay(sum(units)))
      footfall.push(footfallDay(sum(units.map((value, index) => value / taste(index)))))
      categories.forEach(({ category, rain }, index) => {
        if (rain === 0) return
        const days = rainByCategory.get(category) ?? []
        days.push(footfallDay(units[index]!))
        rainByCategory.set(category, days)
      })
    },
  }
}

function createStockAccount({ products }: World, lastDay: number) {
  const stock: Stock = {
    productDays: 0,
    stockouts: 0,
    demand: 0,
    lost: 0,
    replaced: 0,
    revenue: 0,
    wasted: 0,
    stolen: 0,
    freshRevenue: 0,
    freshWasted: 0,
    records: 0,
    wrongRecords: 0,
  }
  return {
    stock,
    add(day: StoreDay, product: number, units: number): void {
      const { unit, portion: size, shelf_life_days } = products[product]!
      const portion = portionOf(unit, size)
      // Goods by weight are priced by the kilogram.
      const value = day.price[product]! * (unit === 'each' ? 1 : 1 / GRAMS_OF_KILOGRAM)
      const revenue = units * portion * value
      const wasted = day.wasted[product]! * value
      stock.productDays++
      stock.stockouts += day.stockout[product]!
      stock.demand += day.demand[product]! / portion
      stock.lost += day.lost[product]! / portion
      stock.replaced += day.replaced[product]! / portion
      stock.revenue += revenue
      stock.wasted += wasted
      stock.stolen += day.stolen[product]! * value
      if (shelf_life_days <= FRESH_DAYS) {
        stock.freshRevenue += revenue
        stock.freshWasted += wasted
      }
      if (day.day === lastDay) {
        stock.records++
        if (day.book[product] !== day.onHand[product]) stock.wrongRecords++
      }
    },
  }
}
