/** Accounting over the real files, without a stack. Skipped where they are not on the machine. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Basket, netAmount } from '@shelfcast/contracts/events'
import { describe, expect, test } from 'vitest'
import type { FileSource } from '../files/file-source.ts'
import { openCompleteJourney } from './complete-journey.ts'
import { openOnlineRetail } from './online-retail.ts'

const data = process.env.SHELFCAST_DATA ?? join(import.meta.dirname, '../../../shared/data')
const onlineRetail = join(data, 'online-retail/online-retail.csv.gz')
const transactions = join(data, 'complete-journey/transactions.csv.gz')
const products = join(data, 'complete-journey/products.csv.gz')
// Ten seconds on an idle machine; CI machines are busy.
const TIMEOUT_MS = 300_000

/** What the events of a file hold, added up. */
async function addUp(source: FileSource) {
  const { stores, products } = await source.reference()
  const storeIds = new Set(stores.map(({ store_id }) => store_id))
  const skus = new Set(products.map(({ sku }) => sku))
  const sum = { rows: source.rows(), lines: 0, messages: 0, cents: 0, returns: 0, unknownSkus: 0, faults: 0 }
  const ids = new Set<string>()
  for await (const event of source.events()) {
    const basket = JSON.parse(event.value.toString()) as Basket
    sum.messages++
    sum.lines += basket.lines.length
    ids.add(`${basket.store_id} ${basket.basket_id}`)
    let total = 0
    for (const line of basket.lines) {
      total += netAmount(line)
      if (!skus.has(line.sku)) sum.unknownSkus++
    }
    if (event.lines !== basket.lines.length || basket.total !== total || !storeIds.has(basket.store_id))
      sum.faults++
    if (basket.kind === 'return') sum.returns += basket.lines.length
    sum.cents += basket.kind === 'return' ? -total : total
  }
  return { ...sum, baskets: ids.size, stores: stores.length, products: products.length }
}

/** The money of a file in cents, by nothing but the text of two columns. */
function cents(path: string, amount: (cell: (column: string) => number) => number): number {
  const [header = '', ...rows] = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split(/\r?\n/)
  const columns = header.split(',')
  let sum = 0
  for (const row of rows) {
    // Quoted descriptions hold the only commas that do not separate.
    const cells = row.replace(/"(?:[^"]|"")*"/g, '').split(',')
    sum += Math.round(amount((column) => Number(cells[columns.indexOf(column)])) * 100)
  }
  return sum
}

describe.skipIf(!existsSync(onlineRetail))('online-retail', () => {
  test(
    'every row is one line, and the money is that of the file',
    async () => {
      const sum = await addUp(openOnlineRetail(onlineRetail))
      expect(sum).toEqual({
        rows: 541_909,
        lines: 541_909,
        messages: 25_900,
        baskets: 25_900,
        returns: 9_288,
        faults: 0,
        unknownSkus: 0,
        stores: 38,
        products: 3_958,
        // Four unit prices of 0.001 round to nothing.
        cents: cents(onlineRetail, (cell) => cell('Quantity') * Math.round(cell('UnitPrice') * 100) * 0.01),
      })
      expect(sum.cents).toBe(974_774_793)
    },
    TIMEOUT_MS,
  )
})

describe.skipIf(!existsSync(transactions))('complete-journey', () => {
  test(
    'every row is one line, and the money is that of the file',
    async () => {
      expect(await addUp(openCompleteJourney(transactions, products))).toEqual({
        rows: 75_000,
        lines: 75_000,
        messages: 47_243,
        baskets: 47_243,
        returns: 0,
        faults: 0,
        // Five products of the transactions are not in the products file.
        unknownSkus: 222,
        stores: 293,
        products: 20_897,
        cents: cents(transactions, (cell) => cell('sales_value')),
      })
    },
    TIMEOUT_MS,
  )
})
