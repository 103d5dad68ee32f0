/** Store days of the twin as figures need them: daily sales, weekly prices, footfall, and what became of the stock. */
import { calendarDate, weekdayOf } from '@shelfcast/contracts/dates'
import type { StoreDay } from '../sim/model.ts'
import { wetShare } from '../sim/weather.ts'
import { PROMOTION_KINDS, type World } from '../world/world.ts'
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

export function createTwinDays(
  world: World,
  first: number,
  days: number,
): { add(day: StoreDay): void; result(): TwinDays } {
  const { products, stores, categories } = world
  const zones = new Map(world.weather_zones.map(({ zone_id }, index) => [zone_id, index]))
  const categoryOf = new Map(categories.map(({ category }, index) => [category, index]))
  const category = products.map((product) => categoryOf.get(product.category)!)
  // Goods by weight count in portions, and are priced by the kilogram.
  const portions = products.map(({ unit, portion }) => (unit === 'each' ? 1 : portion))
  const perPrice = products.map(({ unit }) => (unit === 'each' ? 1 : 1 / GRAMS_OF_KILOGRAM))
  const isFresh = products.map(({ shelf_life_days }) => shelf_life_days <= FRESH_DAYS)

  const everyProduct = Math.ceil((products.length * stores.length) / MOST_SERIES)

  const totals = new Map<string, CategoryTotals>()
  const series = new Map<number, Series>()
  const weeks = new Map<number, Week>()
  const lastPromotion = new Map<number, number>()
  const prices = emptyPanel()
  const lines: LineShares = { lines: 0, discounted: 0 }
  const unitsBySku = new Map<string, number>()
  const sales: FootfallDay[] = []
  const footfall: FootfallDay[] = []
  const rainByCategory = new Map<string, FootfallDay[]>()
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
    add(day) {
      if (day.day < first || day.day >= first + days) return
      const isOpen = day.conditions.storeFactor[day.store]! > 0
      const categoryUnits = new Float64Array(categories.length)
      for (let product = 0; product < products.length; product++) {
        if (!day.listed[product] || !isOpen) continue
        const units = day.sold[product]! / portions[product]!
        if (product % everyProduct === 0) record(day, product, units)
        unitsBySku.set(products[product]!.sku, (unitsBySku.get(products[product]!.sku) ?? 0) + units)
        lines.lines += units
        if (day.promotion[product]! >= 0) lines.discounted += units
        takeStock(day, product, units)
        categoryUnits[category[product]!]! += units
      }
      if (isOpen) addTotals(day, categoryUnits)
      if (isOpen) visits(day, categoryUnits)
      if (weekdayOf(day.day) === DAYS_OF_WEEK) closeWeek(day)
    },
    result() {
      return {
        totals: [...totals.values()],
        daily: { first, days, series: [...series.values()] },
        prices,
        lines,
        unitsBySku,
        sales,
        footfall,
        rainByCategory,
        stock,
      }
    },
  }

  function record(day: StoreDay, product: number, units: number): void {
    const { sku } = products[product]!
    const key = day.store * products.length + product
    let entry = series.get(key)
    if (!entry) {
      entry = {
        category: products[product]!.category,
        profile: stores[day.store]!.profile,
        sku,
        units: new Float32Array(days).fill(Number.NaN),
      }
      series.set(key, entry)
    }
    entry.units[day.day - first] = units

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
  }

  function takeStock(day: StoreDay, product: number, units: number): void {
    const value = day.price[product]! * perPrice[product]!
    const revenue = units * portions[product]! * value
    const wasted = day.wasted[product]! * value
    stock.productDays++
    stock.stockouts += day.stockout[product]!
    stock.demand += day.demand[product]! / portions[product]!
    stock.lost += day.lost[product]! / portions[product]!
    stock.replaced += day.replaced[product]! / portions[product]!
    stock.revenue += revenue
    stock.wasted += wasted
    stock.stolen += day.stolen[product]! * value
    if (isFresh[product]) {
      stock.freshRevenue += revenue
      stock.freshWasted += wasted
    }
    if (day.day === first + days - 1) {
      stock.records++
      if (day.book[product] !== day.onHand[product]) stock.wrongRecords++
    }
  }

  function addTotals({ store, day }: StoreDay, units: Float64Array): void {
    const { profile } = stores[store]!
    categories.forEach(({ category }, index) => {
      const key = `${profile}/${category}`
      let of = totals.get(key)
      if (!of) {
        of = { category, profile, first, units: new Float64Array(days).fill(Number.NaN) }
        totals.set(key, of)
      }
      of.units[day - first] = (of.units[day - first] || 0) + units[index]!
    })
  }

  function visits({ store: at, day, conditions }: StoreDay, units: Float64Array): void {
    const store = stores[at]!
    const { rain_mm, rainHours } = conditions.weather[zones.get(store.weather_zone)!]!
    const { hour_weights } = world.profiles[store.profile]
    const [open, close] = store.hours as [number, number]
    let [wet, all] = [0, 0]
    for (let hour = open; hour < close; hour++) {
      all += hour_weights[hour]!
      if ((rainHours >> hour) & 1) wet += hour_weights[hour]!
    }
    const of = (visits: number): FootfallDay => ({
      store: store.store_id,
      zone: store.weather_zone,
      profile: store.profile,
      day,
      visits,
      rain_mm,
      wetShare: all > 0 ? wet / all : 0,
    })
    const taste = (index: number) => 1 + Math.expm1(categories[index]!.rain) * wetShare(rainHours)
    sales.push(of(sum(units)))
    footfall.push(of(sum(units.map((value, index) => value / taste(index)))))
    categories.forEach(({ category, rain }, index) => {
      if (rain === 0) return
      const days = rainByCategory.get(category) ?? []
      days.push(of(units[index]!))
      rainByCategory.set(category, days)
    })
  }

  /** Prices and promotions run from Monday to Sunday. */
  function closeWeek({ store, day, conditions }: StoreDay): void {
    const { store_id } = stores[store]!
    const begin = store * products.length
    const ofWeek = Math.floor(day / DAYS_OF_WEEK)
    for (let product = 0; product < products.length; product++) {
      const week = weeks.get(begin + product)
      if (!week) continue
      weeks.delete(begin + product)
      const { sku, category } = products[product]!
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
  }
}
