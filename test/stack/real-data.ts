/** What must come of the real files, worked out from the files alone, by other code than the one that replays them. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import type { Figures } from './figures.ts'

const folder = process.env.SHELFCAST_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

export const REAL_DATA = {
  onlineRetail: join(folder, 'online-retail/online-retail.csv.gz'),
  transactions: join(folder, 'complete-journey/transactions.csv.gz'),
  products: join(folder, 'complete-journey/products.csv.gz'),
}

/** Why tests of real data cannot run here, or undefined. */
export const NO_REAL_DATA = Object.values(REAL_DATA).every((path) => existsSync(path))
  ? undefined
  : `no real data in ${folder}: set SHELFCAST_DATA to the folder that holds online-retail/ and complete-journey/`

async function rowsOf(path: string): Promise<Record<string, string>[]> {
  return parse(gunzipSync(await readFile(path)), { columns: true, relax_quotes: true })
}

const minor = (decimal: string) => Math.round(Number(decimal) * 100)

function tally() {
  const figures: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
  return {
    figures,
    refuse(reason: string) {
      figures.refused[reason] = (figures.refused[reason] ?? 0) + 1
    },
  }
}

export async function onlineRetailFigures(): Promise<Figures> {
  const { figures, refuse } = tally()
  const keys = new Set<string>()
  for (const row of await rowsOf(REAL_DATA.onlineRetail)) {
    const isReturn = row.InvoiceNo!.startsWith('C')
    const code = row.StockCode!.trim().toUpperCase()
    const quantity = Number(row.Quantity) * (isReturn ? -1 : 1)
    const price = minor(row.UnitPrice!)
    const likeness = [row.InvoiceNo, row.Country, code, quantity, price, row.InvoiceDate].join('|')
    if (!/^(\d|DCGS)/.test(code)) refuse('not_a_product')
    else if (quantity <= 0) refuse('quantity_not_positive')
    else if (price === 0) refuse('price_zero')
    else if (price < 0) refuse('price_negative')
    else if (keys.has(likeness)) refuse('duplicate_line')
    else {
      keys.add(likeness)
      figures.net += BigInt(quantity * price * (isReturn ? -1 : 1))
      if (isReturn) figures.reversed++
      else figures.accepted++
    }
  }
  return figures
}

export async function completeJourneyFigures(): Promise<Figures> {
  const { figures, refuse } = tally()
  const products = new Map((await rowsOf(REAL_DATA.products)).map((row) => [row.product_id!, row]))
  for (const row of await rowsOf(REAL_DATA.transactions)) {
    const product = products.get(row.product_id!)
    const quantity = Number(row.quantity)
    const shelf = minor(row.sales_value!) + minor(row.retail_disc!) + minor(row.coupon_match_disc!)
    const isService =
      product !== undefined &&
      (['COUPON', 'CNTRL/STORE SUP'].includes(product.department!.trim()) ||
        /\b(GIFT CARDS?|DEPT KEY RING)\b/.test(product.product_type!))
    if (!product) refuse('unknown_sku')
    else if (isService) refuse('not_a_product')
    else if (quantity <= 0) refuse('quantity_not_positive')
    else if (shelf === 0) refuse('price_zero')
    else {
      figures.accepted++
      figures.net += BigInt(minor(row.sales_value!))
    }
  }
  return figures
}
