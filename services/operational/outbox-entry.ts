/** What waits to be sent, as its sender sees it. */
import type { OrderChannel, OutgoingOrder } from '@shelfcast/contracts/orders'

export interface OutboxEntry {
  id: number
  channel: OrderChannel
  /** The same at each attempt: who receives it twice knows it by that. */
  idempotency_key: string
  /** How often it was tried before. */
  attempts: number
  /** Number of the claim: what its holder says counts while nobody has claimed the entry after. */
  turn: number
  order: OutgoingOrder
}

/** The outbox: filled in the transaction that approves an order, emptied by one sender at a time for each entry. */
export interface Outbox {
  /** Takes what is due and that nobody else holds; what a sender that died has taken is due again after `leaseMs`. */
  claim(options: { worker: string; most: number; leaseMs: number }): Promise<OutboxEntry[]>
  /** The channel has it: the order is `sent`, with what it answered. A second time it changes nothing. */
  sent(entry: OutboxEntry, detail: Record<string, unknown>): Promise<void>
  /** It is tried again at a time, with the reason kept. */
  postpone(entry: OutboxEntry, until: Date, reason: string): Promise<void>
  /** It cannot be sent: a dead letter, with its reason, that a person sends again or cancels. */
  bury(entry: OutboxEntry, reason: string): Promise<void>
}
