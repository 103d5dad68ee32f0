/** What a grocer may list: first the articles that every preset has, then varieties of brand, kind and size. */
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import { exp } from '../../sim/arithmetic.ts'
import { keyOf, Random, word } from '../../sim/random.ts'
import { number, optional, type Row, readRows, shareOfYear, text } from './rows.ts'

export interface Article {
  category: string
  name: string
  brand: string
  packSize: string
  /** Minor units: per piece, or per kilogram for goods by weight. */
  price: number
  /** Grams of a usual portion of goods by weight. */
  portion?: number
  /** How often it is bought: 100 is the best seller. */
  popularity: number
  /** Share of the year, when it is seasonal. */
  seasonPeak?: number
  launchedOn?: string
  withdrawnOn?: string
}

const PACK_SIZE = /(\d+(\.\d+)?) (kg|g|L|ml|pack|bags|m|lm)$/
/** The retailer's own brands are cheaper than others, or dearer than its usual one. */
const OWN_BRANDS: Record<string, number> = { Simply: 0.79, Larder: 1, 'Larder Finest': 1.38 }
const SEASONAL_SHARE = 0.12
const NEW_SHARE = 0.08
const WITHDRAWN_SHARE = 0.03
// What sells best is in the first list.
const MOST_POPULAR = 60
const FIRST_LAUNCH = dayOf('2005-01-03')
const LAST_LAUNCH = dayOf('2027-12-27')

/** @throws when the lists do not hold so many */
export function takeArticles(count: number): Article[] {
  const articles = readRows('articles').map(readArticle)
  if (count > articles.length) articles.push(...readVarieties())
  if (count > articles.length) {
    throw new Error(
      `A preset of ${count} products needs more varieties; varieties.csv makes ${articles.length}.`,
    )
  }
  return articles.slice(0, count)
}

function readArticle(row: Row): Article {
  const name = text(row, 'name')
  const portion = optional(row, 'portion_g')
  return {
    category: text(row, 'category'),
    name: portion ? `${name}, loose` : name,
    brand: text(row, 'brand'),
    packSize: portion ? 'loose' : (PACK_SIZE.exec(name)?.[0] ?? 'each'),
    price: number(row, 'price'),
    popularity: number(row, 'popularity'),
    ...(portion && { portion: Number(portion) }),
    ...dated(optional(row, 'peak_month'), optional(row, 'launched_on'), optional(row, 'withdrawn_on')),
  }
}

/** One of each list in turn, so that a small preset has something of everything. */
function readVarieties(): Article[] {
  const ranges = readRows('varieties').map(readRange)
  const longest = Math.max(...ranges.map((range) => range.length))
  const inTurn: Article[] = []
  for (let turn = 0; turn < longest; turn++) {
    for (const range of ranges) if (turn < range.length) inTurn.push(range[turn]!)
  }
  return inTurn
}

/** Every brand in every kind and size, in an order of its own. */
function readRange(row: Row): Article[] {
  const split = (column: string) => text(row, column).split('; ')
  const range: { order: number; article: Article }[] = []
  for (const brand of split('brands')) {
    for (const [rank, variant] of split('variants').entries()) {
      for (const size of split('sizes')) {
        const article = readVariety(row, brand, variant, rank, size)
        const [low, high] = keyOf(undefined, 'variety', article.name)
        range.push({ order: word(low, high, 0), article })
      }
    }
  }
  return range.sort((a, b) => a.order - b.order).map(({ article }) => article)
}

function readVariety(row: Row, brand: string, variant: string, rank: number, size: string): Article {
  const [packSize = '', price = ''] = size.split(' = ')
  const kind = text(row, 'name').replace('*', variant)
  const name = [brand, kind, packSize === 'loose' ? ', loose' : packSize === 'each' ? '' : ` ${packSize}`]
  const random = new Random(keyOf(undefined, 'article', ...name))
  const dearness = OWN_BRANDS[brand] ?? 1.08 + 0.3 * new Random(keyOf(undefined, 'brand', brand)).uniform()
  // The kinds of a list stand in the order in which people think of them.
  const popularity = number(row, 'popularity') * exp(-0.03 * rank + 0.3 * random.normal())
  const portion = optional(row, 'portion_g')
  return {
    category: text(row, 'category'),
    name: `${brand} ${kind}${name[2]}`,
    brand,
    packSize,
    price: retailPrice(Number(price) * dearness),
    popularity: Math.min(MOST_POPULAR, popularity),
    ...(packSize === 'loose' && portion && { portion: Number(portion) }),
    ...fate(random),
  }
}

/** Whether a variety is seasonal, or came or went within the years that the twin knows. */
function fate(random: Random) {
  const kind = random.uniform()
  const peak = 1 + 12 * random.uniform()
  const launch = weekBetween(FIRST_LAUNCH, LAST_LAUNCH, random.uniform())
  const end = random.chance(WITHDRAWN_SHARE)
    ? weekBetween(FIRST_LAUNCH + 104 * 7, LAST_LAUNCH, random.uniform())
    : undefined
  if (kind < SEASONAL_SHARE) return dated(peak.toFixed(1), undefined, end)
  if (kind < SEASONAL_SHARE + NEW_SHARE)
    return dated(undefined, launch, end && end > launch ? end : undefined)
  return dated(undefined, undefined, end)
}

function dated(
  peakMonth: string | undefined,
  launchedOn: string | undefined,
  withdrawnOn: string | undefined,
) {
  return {
    ...(peakMonth && { seasonPeak: shareOfYear(peakMonth) }),
    ...(launchedOn && { launchedOn }),
    ...(withdrawnOn && { withdrawnOn }),
  }
}

function weekBetween(first: number, last: number, share: number): string {
  const weeks = Math.floor(((last - first) / 7) * share)
  return dateOf(first + weeks * 7)
}

/** Prices end in 9, or in 5 below a euro. */
function retailPrice(price: number): number {
  return price < 100 ? Math.max(25, Math.round(price / 10) * 10 - 5) : Math.round(price / 10) * 10 - 1
}
