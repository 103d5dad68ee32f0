/**
 * dunnhumby "The Complete Journey": grocery baskets of 2017.
 * docs/replay.md says the rules in words, with the counts.
 */
import type { Product } from '@shelfcast/contracts/datasets/products'
import type { BasketLine } from '../files/baskets.ts'
import { cleanText, identifier, minorUnits, wholeNumber } from '../files/cells.ts'
import { readRows } from '../files/csv-rows.ts'
import { createFileSource, type FileMapping, type FileSource } from '../files/file-source.ts'
import { createInstantReader } from '../files/instants.ts'
import { priceOfTotal } from '../files/prices.ts'

const COLUMNS = [
  'household_id',
  'store_id',
  'basket_id',
  'product_id',
  'quantity',
  'sales_value',
  'retail_disc',
  'coupon_match_disc',
  'transaction_timestamp',
] as const
type Column = (typeof COLUMNS)[number]
const PRODUCT_COLUMNS = [
  'product_id',
  'manufacturer_id',
  'department',
  'brand',
  'product_category',
  'product_type',
  'package_size',
] as const
type ProductCells = Record<(typeof PRODUCT_COLUMNS)[number], string>

const SOURCE = 'complete-journey'
const PREFIX = 'CJ-'
const CURRENCY = 'USD'
const CENT_DIGITS = 2
/** The file does not say where the stores are; its hours (peak at 21-22 UTC) fit the US East. */
const ASSUMED_TIME_ZONE = 'America/New_York'
/** Metered fuel is in thousandths of a US gallon: 8,396 sold for $18.46 in 2017 is 8.396 gallons. */
const ML_PER_MILLIGALLON = 3.785411784
// Fuel rows of quantity 1 are amounts keyed in ($5 to $40). No metered row is under a tenth of a gallon.
const SMALLEST_METERED = 100

export function openCompleteJourney(transactions: string, products: string): FileSource {
  return createFileSource(completeJourney(transactions, products))
}

export function completeJourney(transactions: string, productsPath: string): FileMapping<Column> {
  const readInstant = createInstantReader('iso', 'UTC')
  const products = new Map<string, Product>()
  const stores = new Map<string, string>()

  return {
    source: SOURCE,
    path: transactions,
    columns: COLUMNS,
    async prepare() {
      for await (const { cells } of readRows(productsPath, PRODUCT_COLUMNS)) {
        const product = productOf(cells)
        if (product) products.set(product.sku, product)
      }
    },
    survey(cells) {
      const store = identifier(PREFIX, cells.store_id)
      if (store) stores.set(store, cells.store_id.trim())
    },
    reference: () => ({
      stores: [...stores].map(([store_id, number]) => ({
        store_id,
        name: `Complete Journey store ${number}`,
        profile: 'supermarket',
        region: 'United States',
        time_zone: ASSUMED_TIME_ZONE,
        currency: CURRENCY,
      })),
      products: [...products.values()],
    }),
    map(cells) {
      const basket_id = identifier('', cells.basket_id)
      const store_id = identifier(PREFIX, cells.store_id)
      const sku = identifier(PREFIX, cells.product_id)
      const scanned_at = readInstant(cells.transaction_timestamp)
      if (!basket_id || !store_id || !sku || scanned_at === undefined) return undefined
      const line = lineOf(cells, sku, products.get(sku)?.unit === 'ml')
      if (!line) return undefined
      const customer_id = identifier(PREFIX, cells.household_id)
      return {
        basket: {
          basket_id,
          kind: 'sale',
          store_id,
          till_id: 0,
          cashier_id: 'unknown',
          ...(customer_id && { customer_id }),
          currency: CURRENCY,
          payment: 'unknown',
        },
        line,
        scanned_at,
      }
    },
  }
}

/**
 * sales_value is what the store received: after its own discounts, before manufacturers' coupons, which are
 * refunded to it. So the shelf price is sales_value + retail_disc + coupon_match_disc, and coupon_disc stays out.
 */
function lineOf(cells: Record<Column, string>, sku: string, isFuel: boolean): BasketLine | undefined {
  const recorded = wholeNumber(cells.quantity)
  const net = minorUnits(cells.sales_value, CENT_DIGITS)
  const retail = minorUnits(cells.retail_disc, CENT_DIGITS)
  const match = minorUnits(cells.coupon_match_disc, CENT_DIGITS)
  if (recorded === undefined || net === undefined || retail === undefined || match === undefined)
    return undefined
  const metered = isFuel && recorded >= SMALLEST_METERED
  const unit = metered ? 'ml' : 'each'
  const quantity = metered ? Math.round(recorded * ML_PER_MILLIGALLON) : recorded
  return { sku, quantity, unit, ...priceOfTotal(quantity, unit, net + retail + match, net) }
}

function productOf(cells: ProductCells): Product | undefined {
  const sku = identifier(PREFIX, cells.product_id)
  if (!sku) return undefined
  const category = cleanText(cells.product_category)
  const type = cleanText(cells.product_type)
  const size = cleanText(cells.package_size)
  const department = cleanText(cells.department)
  const name = type || category || `Product ${cells.product_id}`
  return {
    sku,
    name: size ? `${name}, ${size}` : name,
    department: department || 'Unclassified',
    category: category || 'Unclassified',
    brand: cleanText(cells.brand),
    unit: type.startsWith('GASOLINE') ? 'ml' : 'each',
    kind: isService(department, type) ? 'service' : 'merchandise',
  }
}

/** Coupons, store supplies, gift cards (a payment to come), and amounts keyed in on a department key ("KEY RING"). */
function isService(department: string, type: string): boolean {
  return (
    department === 'COUPON' ||
    department === 'CNTRL/STORE SUP' ||
    /\b(GIFT CARDS?|DEPT KEY RING)\b/.test(type)
  )
}
