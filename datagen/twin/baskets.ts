/** Baskets of the twin: who buys, what, at which price, and how it is paid. */
import { type Basket, grossAmount, netAmount, type SaleLine } from '@shelfcast/contracts/events'
import { ARTICLES, type Article } from './assortment.ts'
import { createRandom, cumulative, type Random } from './random.ts'
import type { TwinStore } from './stores.ts'

const WEEK_MS = 7 * 86_400_000
// Weeks are counted from a Monday.
const FIRST_MONDAY = Date.UTC(1970, 0, 5)

const LOYALTY_SHARE = 0.62
const LOYAL_CUSTOMERS = 400
const PROMOTIONS_A_WEEK = 8
const PROMOTION_UPLIFT = 2.4
const MOST_LINES = 40
const PAYMENTS = ['card', 'mobile', 'cash', 'voucher'] as const
const PAYMENT_SHARES = cumulative([58, 24, 15, 3])
// The n-th most loyal customer comes in proportion to 1/n^0.7.
const CUSTOMER_SHARES = cumulative(Array.from({ length: LOYAL_CUSTOMERS }, (_, rank) => (rank + 1) ** -0.7))

interface Promotion {
  id: string
  /** Part of the price that is taken off. */
  off: number
}

/** What is on offer in one week of one seed, and how that changes what is bought. */
export interface Offer {
  promotions: ReadonlyMap<string, Promotion>
  /** Cumulative popularity by index of ARTICLES. */
  shares: readonly number[]
}

/** @param at milliseconds since 1970 */
export function offerAt(seed: number, at: number): Offer {
  const week = Math.floor((at - FIRST_MONDAY) / WEEK_MS)
  const random = createRandom(seed, 'promotions', week)
  const promotions = new Map<string, Promotion>()
  while (promotions.size < PROMOTIONS_A_WEEK) {
    const { sku } = random.pick(ARTICLES)
    promotions.set(sku, { id: `W${week}-${sku}`, off: random.pick([0.15, 0.2, 0.25, 0.33]) })
  }
  const shares = cumulative(
    ARTICLES.map(({ sku, popularity }) => popularity * (promotions.has(sku) ? PROMOTION_UPLIFT : 1)),
  )
  return { promotions, shares }
}

/** @param at milliseconds since 1970 when it is paid */
export function drawBasket(random: Random, store: TwinStore, offer: Offer, id: string, at: number): Basket {
  const articles = drawArticles(random, offer, 1 + random.poisson(store.basketLines - 1))
  const till_id = random.integer(1, store.tills)
  const scanned = scanTimes(random, articles.length, at)
  const lines = articles.map((article, index) => saleLine(random, offer, article, index + 1, scanned[index]!))
  return {
    basket_id: id,
    kind: 'sale',
    store_id: store.store_id,
    till_id,
    cashier_id: cashierAt(store, till_id, at),
    ...(random.chance(LOYALTY_SHARE) && {
      customer_id: `${store.store_id}-C${String(random.weighted(CUSTOMER_SHARES) + 1).padStart(3, '0')}`,
    }),
    event_time: instant(at),
    currency: store.currency,
    lines,
    payment: PAYMENTS[random.weighted(PAYMENT_SHARES)]!,
    total: totalOf(lines),
  }
}

/** One or two pieces come back, at the price of the day. */
export function drawReturn(random: Random, store: TwinStore, offer: Offer, id: string, at: number): Basket {
  const basket = drawBasket(random, store, offer, id, at)
  const lines = basket.lines.slice(0, random.integer(1, 2))
  return { ...basket, kind: 'return', lines, total: totalOf(lines) }
}

export function totalOf(lines: readonly SaleLine[]): number {
  return lines.reduce((sum, line) => sum + netAmount(line), 0)
}

export function instant(at: number): string {
  return new Date(at).toISOString()
}

/** Till 1 of a store with several is a self-checkout; the others have two shifts. */
export function cashierAt(store: TwinStore, till: number, at: number): string {
  if (store.tills > 1 && till === 1) return `${store.store_id}-SELF`
  const shift = new Date(at).getUTCHours() < 14 ? 'A' : 'B'
  return `${store.store_id}-${shift}${till}`
}

function drawArticles(random: Random, offer: Offer, count: number): Article[] {
  const chosen = new Set<Article>()
  const wanted = Math.min(count, MOST_LINES)
  while (chosen.size < wanted) chosen.add(ARTICLES[random.weighted(offer.shares)]!)
  return [...chosen]
}

/** Scans a few seconds apart, the last some seconds before payment. */
function scanTimes(random: Random, count: number, at: number): number[] {
  const times: number[] = []
  let time = at - random.integer(8_000, 40_000)
  for (let line = 0; line < count; line++) {
    times.push(time)
    time -= random.integer(1_200, 6_500)
  }
  return times.reverse()
}

function saleLine(random: Random, offer: Offer, article: Article, line_no: number, at: number): SaleLine {
  const { sku, unit, price } = article
  const quantity = unit === 'g' ? random.integer(120, 1_400) : pieces(random)
  const promotion = offer.promotions.get(sku)
  const gross = grossAmount({ quantity, unit, unit_price: price })
  return {
    line_no,
    sku,
    quantity,
    unit,
    unit_price: price,
    discount: promotion ? Math.floor(gross * promotion.off) : 0,
    ...(promotion && { promotion_id: promotion.id }),
    scanned_at: instant(at),
  }
}

function pieces(random: Random): number {
  if (random.chance(0.74)) return 1
  return random.chance(0.7) ? 2 : random.integer(3, 6)
}
