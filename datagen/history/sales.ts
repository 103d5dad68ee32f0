/** The sales of some stores over a span of days, as files. Memory holds the rows of one file a cluster, whatever the span. */

import { calendarDate, type DaySpan } from '@shelfcast/contracts/dates'
import { Chain } from '../sim/chain.ts'
import type { Conditions } from '../sim/model.ts'
import { createSalesRows, type SalesRows } from './sales-file.ts'
import type { NewObject } from './target.ts'

/** A file ends with the store day that fills it; the warehouse takes up to a million rows as one insert. */
const FILE_ROWS = 500_000

export interface SalesOptions {
  conditions: Conditions
  /** Whole clusters: stores of a cluster send goods to each other, so they are simulated together. */
  stores: readonly number[]
  span: DaySpan
  fileRows?: number
  put(object: NewObject): Promise<void>
  /** @param storeDays made since the last call */
  onProgress?(storeDays: number): void
}

/** @returns what the stores begin the day after the span with: see Chain.save */
export async function writeSales(options: SalesOptions): Promise<Uint8Array[]> {
  const { conditions, stores, span, fileRows = FILE_ROWS, put, onProgress } = options
  const { world } = conditions
  const clusters = new Map<string, { rows: SalesRows; files: number }>()
  for (const store of stores) {
    clusters.set(world.stores[store]!.cluster, { rows: createSalesRows(world), files: 0 })
  }
  const chain = new Chain({ conditions, stores, from: span.from })
  const ready: NewObject[] = []

  function close(cluster: string, year: number): void {
    const open = clusters.get(cluster)!
    const rows = open.rows.length
    if (rows === 0) return
    const number = String(open.files++).padStart(3, '0')
    const name = `sales/year=${year}/${cluster}-${number}.parquet`
    ready.push({ name, table: 'sales', rows, body: open.rows.take() })
  }

  for (let day = span.from; day <= span.to; day++) {
    const { year } = calendarDate(day)
    chain.nextDay((storeDay) => {
      const { cluster } = world.stores[storeDay.store]!
      const { rows } = clusters.get(cluster)!
      rows.append(storeDay)
      if (rows.length >= fileRows) close(cluster, year)
    })
    if (day === span.to || calendarDate(day + 1).year !== year) {
      for (const [cluster, open] of clusters) {
        close(cluster, year)
        open.files = 0
      }
    }
    for (const object of ready) await put(object)
    ready.length = 0
    onProgress?.(stores.length)
  }
  return chain.save()
}
