/** Real retailers to compare with: files that stay where they are, for their licences differ from this one's. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readCompleteJourney } from './complete-journey.ts'
import { readM5 } from './m5.ts'
import type { Observed } from './observed.ts'
import { readOnlineRetail } from './online-retail.ts'

export interface RealData {
  completeJourney?: Observed
  onlineRetail?: Observed
  m5?: Observed
}

/** What there is of the three; and what there is not, with the file that was looked for. */
export async function readRealData(
  folder: string,
  onRead: (name: string) => void,
): Promise<{ data: RealData; missing: string[] }> {
  const files = {
    transactions: join(folder, 'complete-journey/transactions.csv.gz'),
    products: join(folder, 'complete-journey/products.csv.gz'),
    invoices: join(folder, 'online-retail/online-retail.csv.gz'),
    sales: join(folder, 'm5-tx3-foods3/sales_train_d1-1913.csv.gz'),
    prices: join(folder, 'm5-tx3-foods3/sell_prices.csv.gz'),
    calendar: join(folder, 'm5-tx3-foods3/calendar.csv.gz'),
  }
  const data: RealData = {}
  const missing: string[] = []
  const need = (...paths: string[]) => {
    const absent = paths.filter((path) => !existsSync(path))
    missing.push(...absent)
    return absent.length === 0
  }
  if (need(files.transactions, files.products)) {
    onRead('Complete Journey')
    data.completeJourney = await readCompleteJourney(files.transactions, files.products)
  }
  if (need(files.invoices)) {
    onRead('Online Retail')
    data.onlineRetail = await readOnlineRetail(files.invoices)
  }
  if (need(files.sales, files.prices, files.calendar)) {
    onRead('M5')
    data.m5 = await readM5(files.sales, files.prices, files.calendar)
  }
  return { data, missing }
}
