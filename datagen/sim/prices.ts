/**
 * Shelf prices. A product's price stays for months and changes on a Monday of its own, one to three times a year:
 * to what inflation has made of the catalogue price, moved up or down by a few per cent. The moves depend on nothing
 * that customers do, so price elasticity can be recovered from sales.
 */
import { PROFILES, type World } from '../world/world.ts'
import { exp, log } from './arithmetic.ts'
import type { Economy } from './economy.ts'
import { keyOf, uniformAt, word } from './random.ts'

/** A product's price changes once in so many weeks. */
const SHORTEST_WEEKS = 17
const LONGEST_WEEKS = 52
/** How far a price lies from where inflation alone would have it, as log. */
const LEAST_MOVE = 0.03
const LARGEST_MOVE = 0.12
/** A shelf price is above cost by so much at least. */
const LEAST_MARGIN = 1.02

export interface Prices {
  /** By price zone x product, in minor units, and the log of each relative to the price level of the week. */
  week(monday: number): { price: Int32Array; real: Float64Array }
}

export function createPrices(world: World, seed: number, economy: Economy): Prices {
  const { products } = world
  const count = products.length
  const keys = products.map(({ sku }) => keyOf(undefined, seed, 'price', sku))
  const low = Int32Array.from(keys, (key) => key[0])
  const high = Int32Array.from(keys, (key) => key[1])
  const weeks = Int32Array.from(
    keys,
    (key) => SHORTEST_WEEKS + (word(key[0], key[1], -1) % (LONGEST_WEEKS - SHORTEST_WEEKS + 1)),
  )
  const phase = Int32Array.from(keys, (key, index) => word(key[0], key[1], -2) % weeks[index]!)
  const levels = PROFILES.map((profile) => world.profiles[profile].price_level)
  // The price of each product as it was last asked for, and since which of its changes it has stood.
  const change = new Int32Array(count).fill(-2_147_483_648)
  const price = new Int32Array(levels.length * count)
  const relative = new Float64Array(levels.length * count)

  const set = (product: number, turn: number, monday: number) => {
    const item = products[product]!
    const a = low[product]!
    const b = high[product]!
    const size = LEAST_MOVE + (LARGEST_MOVE - LEAST_MOVE) * uniformAt(a, b, turn * 4)
    const move = uniformAt(a, b, turn * 4 + 1) < 0.5 ? -size : size
    const inflation = exp(economy.prices(monday))
    const floor = item.cost * inflation * LEAST_MARGIN
    for (let zone = 0; zone < levels.length; zone++) {
      const catalogue = item.price * levels[zone]!
      const at = zone * count + product
      price[at] = retailPrice(catalogue * inflation * exp(move), floor)
      relative[at] = log(price[at]! / catalogue)
    }
    change[product] = turn
  }

  return {
    week(monday) {
      const week = Math.floor((monday + 3) / 7)
      for (let product = 0; product < count; product++) {
        const current = weeks[product]!
        const sinceStart = week + phase[product]!
        let turn = Math.floor(sinceStart / current)
        let changed = turn * current + offset(low[product]!, high[product]!, turn, current)
        if (sinceStart < changed) {
          turn--
          changed = turn * current + offset(low[product]!, high[product]!, turn, current)
        }
        if (change[product] !== turn) set(product, turn, monday - 7 * (sinceStart - changed))
      }
      const level = economy.prices(monday)
      const real = new Float64Array(relative.length)
      for (let at = 0; at < real.length; at++) real[at] = relative[at]! - level
      return { price: price.slice(), real }
    },
  }
}

/** In which week of a turn the price changes. */
function offset(low: number, high: number, turn: number, weeks: number): number {
  return word(low, high, turn * 4 + 2) % weeks
}

/**
 * The nearest price that a shop would print: 0.85, 1.29, 24.99.
 * @param floor the price is not below it
 */
export function retailPrice(target: number, floor = 1): number {
  let up = Math.max(1, Math.ceil(Math.max(target, floor)))
  while (!isPrintable(up)) up++
  let down = Math.floor(target)
  while (down >= floor && !isPrintable(down)) down--
  return down >= 1 && down >= floor && target - down <= up - target ? down : up
}

function isPrintable(minor: number): boolean {
  if (minor < 10) return true
  if (minor < 2_000) return minor % 10 === 5 || minor % 10 === 9
  return minor < 10_000 ? minor % 50 === 49 : minor % 100 === 99
}
