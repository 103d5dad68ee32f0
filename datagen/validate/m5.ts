/** M5 (Walmart): daily sales of one department (FOODS_3) of one Texan hypermarket, 2011 to 2016, with weekly prices. */

import { calendarDate, dayOf } from '@shelfcast/contracts/dates'
import { readRows } from '../files/csv-rows.ts'
import { PROMOTION_KINDS } from '../world/world.ts'
import type { Observed, Series } from './observed.ts'
import { emptyPanel } from './price.ts'

const CATEGORY = 'FOODS_3'
const PROFILE = 'hypermarket'
const STORE = 'TX_3'
const DAYS = 1_913
/** The store is closed at Christmas: a day on which nearly nothing is sold is not one of trade. */
const FEWEST_OF_USUAL = 0.05

export async function readM5(sales: string, prices: string, calendar: string): Promise<Observed> {
  const weekOf: string[] = []
  let first = 0
  for await (const { cells } of readRows(calendar, ['date', 'wm_yr_wk'])) {
    if (weekOf.length === 0) first = dayOf(cells.date)
    weekOf.push(cells.wm_yr_wk)
  }
  const names = Array.from({ length: DAYS }, (_, day) => `d_${day + 1}`)
  const series: Series[] = []
  for await (const { cells } of readRows(sales, ['id', ...names])) {
    const units = Float32Array.from(names, (name) => Number(cells[name]))
    // Zeros before the first sale mean that it was not on sale yet.
    units.fill(
      Number.NaN,
      0,
      Math.max(
        0,
        units.findIndex((value) => value > 0),
      ),
    )
    series.push({ category: CATEGORY, profile: PROFILE, sku: skuOf(cells.id!), units })
  }
  const totals = names.map((_, day) => series.reduce((total, { units }) => total + (units[day] || 0), 0))
  const usual = totals.reduce((total, value) => total + value, 0) / DAYS
  totals.forEach((total, day) => {
    if (total < FEWEST_OF_USUAL * usual) for (const { units } of series) units[day] = Number.NaN
  })

  const priceOf = new Map<string, number>()
  for await (const { cells } of readRows(prices, ['item_id', 'wm_yr_wk', 'sell_price'])) {
    priceOf.set(`${cells.item_id} ${cells.wm_yr_wk}`, Number(cells.sell_price))
  }
  const panel = emptyPanel()
  for (const { sku, units } of series) {
    for (let begin = 0; begin + 7 <= DAYS; begin += 7) {
      const price = priceOf.get(`${sku} ${weekOf[begin]}`)
      const week = units.subarray(begin, begin + 7).filter((value) => !Number.isNaN(value))
      if (price === undefined || week.length === 0) continue
      panel.series.push(sku)
      panel.sku.push(sku)
      panel.category.push(CATEGORY)
      panel.market.push(weekOf[begin]!)
      panel.month.push(calendarDate(first + begin).month)
      panel.units.push(week.reduce((total, value) => total + value, 0))
      panel.days.push(week.length)
      panel.price.push(price)
      panel.after.push(0)
      for (const kind of PROMOTION_KINDS) panel.promoted[kind].push(0)
    }
  }
  return {
    name: `M5 ${STORE} ${CATEGORY}`,
    daily: { first, days: DAYS, series },
    prices: panel,
    unitsBySku: new Map(
      series.map(({ sku, units }) => [sku, units.reduce((total, value) => total + (value || 0), 0)]),
    ),
  }
}

/** FOODS_3_001_TX_3_validation is item FOODS_3_001. */
function skuOf(id: string): string {
  return id.split('_').slice(0, 3).join('_')
}
