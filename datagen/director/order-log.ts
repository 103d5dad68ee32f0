/**
 * What the stores have ordered, for the platform: an object for each hour in which a store day began or ended. Written
 * again after a restart, the objects are the same.
 */
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { PURCHASE_ORDERS, type PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import type { Lake } from '@shelfcast/runtime/lake'
import { TWIN_SOURCE } from '../world/reference.ts'
import type { Run } from './run.ts'

export interface OrderLog {
  /** @param at begin of the hour */
  add(at: number, lines: readonly PurchaseOrderLine[]): void
  /** Resolves when what was added is in the lake. What fails is written by the next call. */
  settled(): Promise<void>
}

export function createOrderLog(lake: Lake, run: Run): OrderLog {
  const folder = seriesFolder(PURCHASE_ORDERS.kind, TWIN_SOURCE, run.id)
  let unwritten: { name: string; text: string }[] = []
  return {
    add(at, lines) {
      if (lines.length === 0) return
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      unwritten.push({ name: `${folder}${new Date(at).toISOString().slice(0, 13)}.ndjson`, text })
    },
    async settled() {
      while (unwritten.length > 0) {
        const { name, text } = unwritten[0]!
        await lake.put('raw', name, Buffer.from(text))
        unwritten = unwritten.slice(1)
      }
    },
  }
}
