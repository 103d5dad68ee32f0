/**
 * dunnhumby "The Complete Journey": a sample of 75,000 of the 1,469,307 lines that 2,469 households bought in 2017
 * (counts of the R package completejourney). A sample of the lines of some customers: what a product sells in a day,
 * and how large a basket is, cannot be read from it directly.
 */

import { dayOf } from '@shelfcast/contracts/dates'
import { readRows } from '../files/csv-rows.ts'
import { describeHistogram, unthinned } from './describe.ts'
import type { CategoryTotals, Observed } from './observed.ts'
import { createShopping, type Receipt } from './shopping.ts'

const ALL_LINES = 1_469_307
const SAMPLED_LINES = 75_000
const HOUSEHOLDS = 2_469
/** The file does not say where the stores are; its hours (peak at 21-22 UTC) fit the US East. */
const ASSUMED_TIME_ZONE = 'America/New_York'
const [FIRST, LAST] = [dayOf('2017-01-01'), dayOf('2017-12-31')]
const PROFILE = 'supermarket'
/** Not goods of a supermarket's shelves: petrol by the gallon, coupons, gift cards, keyed amounts. */
const NO_GOODS = /^(COUPON|CNTRL\/STORE SUP|FUEL|MISC)/

export async function readCompleteJourney(transactions: string, products: string): Promise<Observed> {
  const departments = new Map<string, string>()
  for await (const { cells } of readRows(products, ['product_id', 'department', 'product_type'])) {
    const isGoods =
      !NO_GOODS.test(cells.department) && !/GASOLINE|GIFT CARD|KEY RING/.test(cells.product_type)
    if (isGoods) departments.set(cells.product_id, cells.department.trim())
  }
  // sv-SE writes 2017-01-31 07:30:27.
  const local = new Intl.DateTimeFormat('sv-SE', {
    timeZone: ASSUMED_TIME_ZONE,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const receipts = new Map<string, Receipt & { lines: Receipt['lines'][number][] }>()
  const totals = new Map<string, CategoryTotals>()
  const unitsBySku = new Map<string, number>()
  const lines = { lines: 0, discounted: 0 }
  const columns = [
    'household_id',
    'basket_id',
    'product_id',
    'quantity',
    'retail_disc',
    'coupon_disc',
    'transaction_timestamp',
  ] as const
  for await (const { cells } of readRows(transactions, columns)) {
    const department = departments.get(cells.product_id)
    const quantity = Number(cells.quantity)
    if (department === undefined || !(quantity > 0)) continue
    const at = local.format(new Date(cells.transaction_timestamp))
    const day = dayOf(at)
    if (day < FIRST || day > LAST) continue
    let receipt = receipts.get(cells.basket_id)
    if (!receipt) {
      receipt = {
        kind: 'sale',
        profile: PROFILE,
        day,
        hour: Number(at.slice(11, 13)),
        customer: cells.household_id,
        lines: [],
      }
      receipts.set(cells.basket_id, receipt)
    }
    receipt.lines.push({ sku: cells.product_id, quantity, isWeighed: false })
    unitsBySku.set(cells.product_id, (unitsBySku.get(cells.product_id) ?? 0) + quantity)
    lines.lines++
    if (Number(cells.retail_disc) > 0 || Number(cells.coupon_disc) > 0) lines.discounted++
    let total = totals.get(department)
    if (!total) {
      const units = new Float64Array(LAST - FIRST + 1)
      total = { category: department, profile: PROFILE, first: FIRST, units }
      totals.set(department, total)
    }
    total.units[day - FIRST]! += quantity
  }

  const shopping = createShopping()
  for (const receipt of [...receipts.values()].sort((a, b) => a.day - b.day)) shopping.add(receipt)
  const result = shopping.result()
  const sampleShare = SAMPLED_LINES / ALL_LINES
  const sizes = unthinned(result.sizes.get(PROFILE)!, sampleShare)
  const visits = lines.lines / sampleShare / describeHistogram(sizes).mean
  return {
    name: 'Complete Journey',
    totals: [...totals.values()],
    unitsBySku,
    lines,
    // Most visits are not in the sample, so of the days between visits only the mean is known.
    shopping: { ...result, sizes: new Map([[PROFILE, sizes]]), gaps: [] },
    daysBetweenVisits: (HOUSEHOLDS * (LAST - FIRST + 1)) / visits,
  }
}
