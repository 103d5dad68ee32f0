/** What must come of the real files, worked out from the files alone, by other code than the one that replays them. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
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

async function textOf(path: string): Promise<string> {
  return gunzipSync(await readFile(path)).toString('utf8')
}

async function rowsOf(path: string): Promise<Record<string, string>[]> {
  return parse(await textOf(path), { columns: true, relax_quotes: true })
}

/**
 * Every tenth receipt of a real file, over all of its time, as its rows stand there.
 * @returns where the smaller file is, in the folder
 */
export async function sampleOf(path: string, receipt: string, folder: string): Promise<string> {
  const [header, ...lines] = (await textOf(path)).trimEnd().split('\n')
  const column = header!.split(',').indexOf(receipt)
  // Columns before the receipt's hold no comma.
  const sample = lines.filter((line) => line.split(',', column + 1)[column]!.endsWith('0'))
  const target = join(folder, basename(path))
  await writeFile(target, gzipSync([header, ...sample, ''].join('\n')))
  return target
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

export interface FileFigures extends Figures {
  rows: number
}

export async function onlineRetailFigures(path = REAL_DATA.onlineRetail): Promise<FileFigures> {
  const { figures, refuse } = tally()
  const keys = new Set<string>()
  const rows = await rowsOf(path)
  for (const row of rows) {
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
  return { ...figures, rows: rows.length }
}

/** @returns what comes of the file, and of its rows when the same file is sent again */
export async function completeJourneyFigures(
  path = REAL_DATA.transactions,
): Promise<{ first: FileFigures; again: Record<string, number> }> {
  const { figures, refuse } = tally()
  const baskets = new Map<string, { rows: number; isAccepted: boolean; refused: string[] }>()
  const products = new Map((await rowsOf(REAL_DATA.products)).map((row) => [row.product_id!, row]))
  const rows = await rowsOf(path)
  for (const row of rows) {
    const basketId = `${row.store_id} ${row.basket_id}`
    const basket = baskets.get(basketId) ?? { rows: 0, isAccepted: false, refused: [] }
    baskets.set(basketId, basket)
    basket.rows++
    const product = products.get(row.product_id!)
    const quantity = Number(row.quantity)
    const shelf = minor(row.sales_value!) + minor(row.retail_disc!) + minor(row.coupon_match_disc!)
    const isService =
      product !== undefined &&
      (['COUPON', 'CNTRL/STORE SUP'].includes(product.department!.trim()) ||
        /\b(GIFT CARDS?|DEPT KEY RING)\b/.test(product.product_type!))
    const refusal = () => {
      if (!product) return 'unknown_sku'
      if (isService) return 'not_a_product'
      if (quantity <= 0) return 'quantity_not_positive'
      return shelf === 0 ? 'price_zero' : undefined
    }
    const reason = refusal()
    if (reason) {
      refuse(reason)
      basket.refused.push(reason)
    } else {
      basket.isAccepted = true
      figures.accepted++
      figures.net += BigInt(minor(row.sales_value!))
    }
  }
  // Baskets of which nothing was accepted are refused for their own reasons again.
  const second = tally()
  for (const { rows, isAccepted, refused } of baskets.values())
    for (const reason of isAccepted ? Array.from({ length: rows }, () => 'repeated') : refused)
      second.refuse(reason)
  return { first: { ...figures, rows: rows.length }, again: second.figures.refused }
}
