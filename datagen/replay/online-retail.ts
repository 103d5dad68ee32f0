/**
 * UCI Online Retail: every invoice line of a UK mail-order retailer, 2010-12-01 to 2011-12-09.
 * docs/replay.md says the rules in words, with the counts.
 */
import { cleanText, identifier, minorUnits, wholeNumber } from '../files/cells.ts'
import { createFileSource, type FileMapping, type FileSource } from '../files/file-source.ts'
import { createInstantReader } from '../files/instants.ts'

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const
type Cells = Record<(typeof COLUMNS)[number], string>

const SOURCE = 'online-retail'
const PREFIX = 'OR-'
const CURRENCY = 'GBP'
const PENCE_DIGITS = 2
// All invoices are written in the UK, whatever the country that they ship to.
const TIME_ZONE = 'Europe/London'
const NAME_LENGTH = 200

export function openOnlineRetail(path: string): FileSource {
  return createFileSource(onlineRetail(path))
}

export function onlineRetail(path: string): FileMapping<(typeof COLUMNS)[number]> {
  const readInstant = createInstantReader('yyyy-MM-dd HH:mm:ss', TIME_ZONE)
  const countries = new Map<string, string>()
  const descriptions = new Map<string, Map<string, number>>()

  return {
    source: SOURCE,
    path,
    columns: COLUMNS,
    survey(cells) {
      const store = storeId(cells.Country)
      if (store) countries.set(store, cells.Country.trim())
      const sku = skuOf(cells.StockCode)
      if (!sku) return
      let names = descriptions.get(sku)
      if (!names) {
        names = new Map()
        descriptions.set(sku, names)
      }
      const name = cleanText(cells.Description)
      if (isProductName(name)) names.set(name, (names.get(name) ?? 0) + 1)
    },
    reference: () => ({
      stores: [...countries].map(([store_id, country]) => ({
        store_id,
        name: `Online Retail, ${country}`,
        profile: 'online',
        region: country,
        time_zone: TIME_ZONE,
        currency: CURRENCY,
      })),
      products: [...descriptions].map(([sku, names]) => ({
        sku,
        name: (mostFrequent(names) ?? sku.slice(PREFIX.length)).slice(0, NAME_LENGTH),
        department: 'Gifts and homeware',
        category: 'Unclassified',
        brand: '',
        unit: 'each',
        kind: isService(sku) ? 'service' : 'merchandise',
      })),
    }),
    map(cells: Cells) {
      const invoice = identifier('', cells.InvoiceNo)
      const store_id = storeId(cells.Country)
      const sku = skuOf(cells.StockCode)
      const scanned_at = readInstant(cells.InvoiceDate)
      const quantity = wholeNumber(cells.Quantity)
      const unit_price = minorUnits(cells.UnitPrice, PENCE_DIGITS)
      if (!invoice || !store_id || !sku) return undefined
      if (scanned_at === undefined || quantity === undefined || unit_price === undefined) return undefined
      const isReturn = invoice.startsWith('C')
      const customer_id = identifier(PREFIX, cells.CustomerID.replace(/\.0$/, ''))
      return {
        basket: {
          basket_id: invoice,
          kind: isReturn ? 'return' : 'sale',
          store_id,
          till_id: 0,
          cashier_id: 'unknown',
          ...(customer_id && { customer_id }),
          currency: CURRENCY,
          payment: 'unknown',
        },
        line: {
          sku,
          // Cancelled quantities are negative in the file. `0 -`, because -0 is not 0 everywhere.
          quantity: isReturn ? 0 - quantity : quantity,
          unit: 'each',
          unit_price,
          discount: 0,
        },
        scanned_at,
      }
    },
  }
}

function storeId(country: string): string | undefined {
  return identifier(PREFIX, country.toLowerCase())
}

/**
 * 112 codes come in both cases (85123A, 85123a) and name the same article, so upper case is the one spelling;
 * no line becomes a duplicate by it.
 */
function skuOf(stockCode: string): string | undefined {
  return identifier(PREFIX, stockCode.toUpperCase())
}

/** Articles have codes of digits with a letter or two, or DCGS codes of the sister shop; the rest are bookings. */
function isService(sku: string): boolean {
  return !/^(\d|DCGS)/.test(sku.slice(PREFIX.length))
}

/** Names are in capitals; notes of stock keepers ("check", "damaged?", "thrown away") are not, or ask. */
function isProductName(text: string): boolean {
  return /\p{Lu}/u.test(text) && !text.includes('?')
}

function mostFrequent(names: Map<string, number>): string | undefined {
  let best: string | undefined
  for (const [name, count] of names) if (best === undefined || count > names.get(best)!) best = name
  return best
}
