/** From articles to products: what they cost, how fast and how evenly they sell, how they are bought in. */
import { power } from '../../sim/arithmetic.ts'
import { keyOf, Random } from '../../sim/random.ts'
import type { TwinProduct } from '../world.ts'
import type { Article } from './articles.ts'
import type { Shelf } from './categories.ts'

type Character = TwinProduct['character']

/** How sales fall off from the best seller to the last product. */
export interface Assortment {
  /** Pieces a day of the best seller at a store of size 1. */
  level: number
  /** Of popularity, for what sells fast; the smaller, the more even. */
  fastExponent: number
  /** What sells slower, relative to `level`. */
  tail: number
}

const FAST_SHARE = 0.2
const INTERMITTENT_SHARE = 0.15
/** From the least to the greatest r of the negative binomial. */
const DISPERSION: Record<Character, readonly [number, number]> = {
  fast: [4, 12],
  slow: [0.5, 2.2],
  seasonal: [0.8, 3],
  new: [0.7, 3],
  intermittent: [0.3, 0.8],
}
const PACKS = [1, 2, 3, 4, 6, 8, 10, 12, 18, 24]
/** Within what sells slower. */
const TAIL: Record<Exclude<Character, 'fast'>, number> = {
  slow: 1,
  seasonal: 1.2,
  new: 1,
  intermittent: 0.65,
}
// A customer buys one portion of goods by weight, and one and a half of others.
const PORTIONS = 0.65
// A multipack of more is one package: bags of tea, tablets, nappies.
const MOST_SINGLE_PIECES = 12

export function createProducts(
  articles: readonly Article[],
  shelves: ReadonlyMap<string, Shelf>,
  assortment: Assortment,
): TwinProduct[] {
  const characters = charactersOf(articles)
  return articles.map((article, index) => {
    const shelf = shelves.get(article.category)
    if (!shelf) throw new Error(`${article.name}: categories.csv has no category ${article.category}.`)
    return createProduct(`P-${1001 + index}`, article, shelf, characters[index]!, assortment)
  })
}

/** Where an article is neither seasonal nor new, its rank by popularity says what it is. */
function charactersOf(articles: readonly Article[]): Character[] {
  const ranked = articles
    .map((_, index) => index)
    .filter((index) => articles[index]!.seasonPeak === undefined && !articles[index]!.launchedOn)
    .sort((a, b) => articles[b]!.popularity - articles[a]!.popularity || a - b)
  const characters = articles.map(
    ({ seasonPeak }): Character => (seasonPeak === undefined ? 'new' : 'seasonal'),
  )
  const lastFast = articles.length * FAST_SHARE
  const firstIntermittent = ranked.length - articles.length * INTERMITTENT_SHARE
  for (const [rank, index] of ranked.entries()) {
    characters[index] = rank < lastFast ? 'fast' : rank < firstIntermittent ? 'slow' : 'intermittent'
  }
  return characters
}

function createProduct(
  sku: string,
  article: Article,
  shelf: Shelf,
  character: Character,
  assortment: Assortment,
): TwinProduct {
  const { name, brand, category, packSize, price, portion } = article
  const random = new Random(keyOf(undefined, 'product', name))
  const about = (low: number, high: number) => low + (high - low) * random.uniform()
  const daily_units = round(pieces(article.popularity, character, assortment) * (portion ? PORTIONS : 1), 3)
  const [leastDispersion, mostDispersion] = DISPERSION[character]
  const dispersion = round(about(leastDispersion, mostDispersion), 2)
  const elasticity = round(clamp(shelf.elasticity * about(0.8, 1.25), -3.5, -0.8), 2)
  const cost = Math.min(price - 1, Math.max(1, Math.round(price * (1 - shelf.margin * about(0.85, 1.15)))))
  const shelf_life_days = Math.max(2, Math.round(shelf.shelfLifeDays * about(0.85, 1.2)))
  const profiles = {
    convenience: round(shelf.profiles.convenience * about(0.6, 1.4), 2),
    supermarket: 1,
    hypermarket: round(shelf.profiles.hypermarket * about(0.8, 1.2), 2),
    campus: round(shelf.profiles.campus * about(0.6, 1.4), 2),
  }
  return {
    sku,
    name,
    category,
    brand,
    pack_size: packSize,
    unit: portion ? 'g' : 'each',
    portion: portion ?? 1,
    cost,
    price,
    shelf_life_days,
    storage_volume_ml: volumeOf(packSize, shelf),
    pack_multiple: packOf(daily_units, shelf_life_days) * (portion ? gramsOfCrate(portion) : 1),
    supplier_id: shelf.supplierId,
    character,
    daily_units,
    dispersion,
    elasticity,
    profiles,
    ...(article.seasonPeak !== undefined && { season_peak: article.seasonPeak }),
    ...(article.launchedOn && { launched_on: article.launchedOn }),
    ...(article.withdrawnOn && { withdrawn_on: article.withdrawnOn }),
  }
}

function pieces(popularity: number, character: Character, { level, fastExponent, tail }: Assortment): number {
  const share = popularity / 100
  if (character === 'fast') return level * power(share, fastExponent)
  return level * tail * TAIL[character] * share * share * share
}

/** The largest pack that a usual store sells in a quarter of its shelf life, or in a week. */
function packOf(dailyUnits: number, shelfLifeDays: number): number {
  const sold = dailyUnits * Math.min(7, shelfLifeDays / 4)
  return PACKS.findLast((pack) => pack <= sold) ?? 1
}

/** A portion, in half kilograms. */
function gramsOfCrate(portion: number): number {
  return Math.max(1, Math.round(portion / 500)) * 500
}

function volumeOf(packSize: string, shelf: Shelf): number {
  const [, amount = '1', unit = ''] = /^([\d.]+) (\w+)$/.exec(packSize) ?? []
  const weight = { g: 1, kg: 1000, ml: 1, L: 1000 }[unit]
  if (packSize === 'loose') return Math.round(1000 * shelf.mlPerGram)
  if (weight) return Math.round(Number(amount) * weight * shelf.mlPerGram)
  const pieces = unit === 'pack' && Number(amount) <= MOST_SINGLE_PIECES ? Number(amount) : 1
  return Math.round(pieces * shelf.mlPerPiece)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
