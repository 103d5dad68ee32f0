/** Rows of a file, gathered into baskets. */
import { type Basket, netAmount, type SaleLine } from '@shelfcast/contracts/events'
import type { SourceEvent } from '../source.ts'

/** What all rows of a basket share; of rows that differ the first one counts. */
export type BasketHead = Pick<
  Basket,
  'basket_id' | 'kind' | 'store_id' | 'till_id' | 'cashier_id' | 'customer_id' | 'currency' | 'payment'
>

export type BasketLine = Pick<SaleLine, 'sku' | 'quantity' | 'unit' | 'unit_price' | 'discount'>

/** A row that could be read. */
export interface MappedRow {
  basket: BasketHead
  line: BasketLine
  /** Milliseconds since 1970. */
  scanned_at: number
}

// Rows of a basket mostly stand together. A basket stays open while fewer than this many younger ones are.
const OPEN_BASKETS = 64
// Limits of a message: lines by the schema, bytes by the broker (1 MB with headers and framing).
const MAX_LINES = 5_000
const MAX_BYTES = 880_000

export interface Baskets {
  /** @returns the basket that had to be closed to make room, if any, and whether the row begins one */
  add(row: MappedRow): { closed: SourceEvent | undefined; begins: boolean }
  /** Closes all that are open, oldest first. */
  drain(): SourceEvent[]
}

interface OpenBasket {
  head: BasketHead
  /** Milliseconds since 1970 of the first row: the basket's time. */
  at: number
  lines: string[]
  bytes: number
  total: number
}

/** Bounded: past its limits a basket is closed and the rest of its rows go as the same basket again. */
export function createBaskets(): Baskets {
  const open = new Map<string, OpenBasket>()

  return {
    add(row) {
      const key = `${row.basket.store_id} ${row.basket.basket_id}`
      let basket = open.get(key)
      let closed: SourceEvent | undefined
      if (basket && (basket.lines.length >= MAX_LINES || basket.bytes > MAX_BYTES)) {
        closed = close(basket)
        open.delete(key)
        basket = undefined
      }
      const begins = basket === undefined
      if (!basket) {
        if (open.size >= OPEN_BASKETS) {
          const [oldestKey, oldest] = open.entries().next().value!
          open.delete(oldestKey)
          closed = close(oldest)
        }
        basket = { head: row.basket, at: row.scanned_at, lines: [], bytes: 0, total: 0 }
        open.set(key, basket)
      }
      const line = JSON.stringify({
        line_no: basket.lines.length + 1,
        ...row.line,
        scanned_at: new Date(row.scanned_at).toISOString(),
      } satisfies SaleLine)
      basket.lines.push(line)
      basket.bytes += line.length
      basket.total += netAmount(row.line)
      return { closed, begins }
    },
    drain() {
      const events = [...open.values()].map(close)
      open.clear()
      return events
    },
  }
}

function close({ head, at, lines, total }: OpenBasket): SourceEvent {
  const rest = { ...head, event_time: new Date(at).toISOString(), total } satisfies Omit<Basket, 'lines'>
  const envelope = JSON.stringify(rest)
  return {
    topic: 'sales-transactions',
    store_id: head.store_id,
    event_time: at,
    value: Buffer.from(`${envelope.slice(0, -1)},"lines":[${lines.join(',')}]}`),
    lines: lines.length,
  }
}
