/**
 * UCI Online Retail: every invoice line of a UK mail-order wholesaler of gifts, 2010-12-01 to 2011-12-09. Its customers
 * are shops; it has one warehouse, and is closed on Saturdays.
 */

import { dayOf } from '@shelfcast/contracts/dates'
import { readRows } from '../files/csv-rows.ts'
import { describeHistogram } from './describe.ts'
import type { Observed, Series } from './observed.ts'
import { createShopping, type Receipt } from './shopping.ts'

const PROFILE = 'wholesale'
const [FIRST, LAST] = [dayOf('2010-12-01'), dayOf('2011-12-09')]
/** Articles have codes of digits, or DCGS; the rest are postage, fees and corrections. */
const ARTICLE = /^(\d|DCGS)/

export async function readOnlineRetail(path: string): Promise<Observed> {
  const columns = ['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID'] as const
  const days = LAST - FIRST + 1
  const receipts = new Map<string, Receipt & { lines: Receipt['lines'][number][] }>()
  const sold = new Map<string, Float32Array>()
  const isOpen = new Uint8Array(days)
  for await (const { cells } of readRows(path, columns)) {
    const isReturn = cells.InvoiceNo.startsWith('C')
    const sku = cells.StockCode.trim().toUpperCase()
    const quantity = Number(cells.Quantity) * (isReturn ? -1 : 1)
    if (!ARTICLE.test(sku) || !(quantity > 0) || !(Number(cells.UnitPrice) > 0)) continue
    const day = dayOf(cells.InvoiceDate)
    let receipt = receipts.get(cells.InvoiceNo)
    if (!receipt) {
      receipt = {
        kind: isReturn ? 'return' : 'sale',
        profile: PROFILE,
        day,
        hour: Number(cells.InvoiceDate.slice(11, 13)),
        ...(cells.CustomerID !== '' && { customer: cells.CustomerID }),
        lines: [],
      }
      receipts.set(cells.InvoiceNo, receipt)
    }
    receipt.lines.push({ sku, quantity, isWeighed: false })
    if (isReturn) continue
    isOpen[day - FIRST] = 1
    const units = sold.get(sku) ?? new Float32Array(days)
    units[day - FIRST]! += quantity
    sold.set(sku, units)
  }

  const series: Series[] = []
  const unitsBySku = new Map<string, number>()
  for (const [sku, units] of sold) {
    unitsBySku.set(
      sku,
      units.reduce((total, value) => total + value, 0),
    )
    const begin = units.findIndex((value) => value > 0)
    const end = units.findLastIndex((value) => value > 0)
    series.push({
      category: 'Gifts and homeware',
      profile: PROFILE,
      sku,
      units: units.map((value, day) => (isOpen[day] && day >= begin && day <= end ? value : Number.NaN)),
    })
  }
  const shopping = createShopping()
  for (const receipt of [...receipts.values()].sort((a, b) => a.day - b.day)) shopping.add(receipt)
  const result = shopping.result()
  return {
    name: 'Online Retail',
    daily: { first: FIRST, days, series },
    unitsBySku,
    shopping: result,
    daysBetweenVisits: describeHistogram(result.gaps).mean,
  }
}
