/** Any CSV of sales lines, described by a mapping file. docs/replay.md shows one. */
import type { Product, Store } from '@shelfcast/contracts/reference'
import type { BasketLine, MappedRow } from '../files/baskets.ts'
import { cleanText, identifier, minorUnits, wholeNumber } from '../files/cells.ts'
import { createFileSource, type FileMapping, type FileSource } from '../files/file-source.ts'
import { createInstantReader } from '../files/instants.ts'
import { priceOfTotal } from '../files/prices.ts'
import { type CsvMapping, readMapping } from './csv-mapping.ts'

export function openCsv(path: string, mapPath: string): FileSource {
  return createFileSource(csv(path, readMapping(mapPath)))
}

export function csv(path: string, mapping: CsvMapping): FileMapping<string> {
  const { prefix, price, returns } = mapping
  const currency = mapping.currency.value
  const digits = price.in === 'minor' ? 0 : currencyDigits(currency)
  const readInstant = createInstantReader(mapping.time.format, mapping.time.zone)
  const stores = new Map<string, Store>()
  const products = new Map<string, Product>()
  const storeOf = (cells: Record<string, string>) =>
    identifier(prefix, typeof mapping.store === 'string' ? cells[mapping.store]! : mapping.store.value)

  return {
    source: mapping.source,
    path,
    columns: columnsOf(mapping),
    survey(cells) {
      const store_id = storeOf(cells)
      if (store_id && !stores.has(store_id)) {
        stores.set(store_id, {
          store_id,
          name: store_id.slice(prefix.length),
          profile: 'store',
          region: '',
          time_zone: mapping.time.zone,
          currency,
        })
      }
      const sku = identifier(prefix, cells[mapping.sku]!)
      if (sku && !products.has(sku)) {
        const name = mapping.name ? cleanText(cells[mapping.name]!) : ''
        const category = mapping.category ? cleanText(cells[mapping.category]!) : ''
        products.set(sku, {
          sku,
          name: (name || sku.slice(prefix.length)).slice(0, 300),
          department: category || 'Unclassified',
          category: category || 'Unclassified',
          brand: '',
          unit: 'each',
          kind: 'merchandise',
        })
      }
    },
    reference: () => ({ stores: [...stores.values()], products: [...products.values()] }),
    map(cells) {
      const store_id = storeOf(cells)
      const sku = identifier(prefix, cells[mapping.sku]!)
      const scanned_at = readInstant(cells[mapping.time.column]!)
      const quantity = wholeNumber(cells[mapping.quantity]!)
      const amount = minorUnits(cells[price.column]!, digits)
      if (!store_id || !sku || scanned_at === undefined) return undefined
      if (quantity === undefined || amount === undefined) return undefined
      const isReturn = returns !== undefined && marksReturn(returns, cells, quantity)
      // Baskets that mix sales and returns become one of each, so the returned one has an id of its own.
      const basket_id = identifier('', `${cells[mapping.basket]!.trim()}${isReturn ? '-R' : ''}`)
      if (!basket_id || cells[mapping.basket]!.trim() === '') return undefined
      const customer_id = mapping.customer && identifier(prefix, cells[mapping.customer]!)
      return {
        basket: {
          basket_id,
          kind: isReturn ? 'return' : 'sale',
          store_id,
          till_id: 0,
          cashier_id: 'unknown',
          ...(customer_id && { customer_id }),
          currency,
          payment: 'unknown',
        },
        line: { sku, unit: 'each', ...amounts(price.of, isReturn, quantity, amount) },
        scanned_at,
      } satisfies MappedRow
    },
  }
}

/** On a return the file may write quantity, total, or both as negative; the event has them positive. */
function amounts(
  of: 'unit' | 'line',
  isReturn: boolean,
  quantity: number,
  amount: number,
): Pick<BasketLine, 'quantity' | 'unit_price' | 'discount'> {
  const pieces = isReturn ? Math.abs(quantity) : quantity
  if (of === 'unit') return { quantity: pieces, unit_price: amount, discount: 0 }
  const total = isReturn ? Math.abs(amount) : amount
  return { quantity: pieces, ...priceOfTotal(pieces, 'each', total, total) }
}

function marksReturn(
  returns: NonNullable<CsvMapping['returns']>,
  cells: Record<string, string>,
  quantity: number,
): boolean {
  if ('negative_quantity' in returns) return quantity < 0
  const cell = cells[returns.column]!.trim()
  return 'equals' in returns ? cell === returns.equals : cell.startsWith(returns.begins_with)
}

function columnsOf({
  basket,
  sku,
  name,
  category,
  quantity,
  price,
  time,
  store,
  customer,
  returns,
}: CsvMapping) {
  const named = [basket, sku, name, category, quantity, price.column, time.column, customer]
  if (typeof store === 'string') named.push(store)
  if (returns && 'column' in returns) named.push(returns.column)
  return [...new Set(named.filter((column) => column !== undefined))]
}

/** Decimals of a currency by ISO 4217: 2 for EUR, 0 for JPY. */
function currencyDigits(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  )
}
