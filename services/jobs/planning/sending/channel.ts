/** What a channel is to the sender: it takes an order, or says whether trying again can help. */
import type { OutboxEntry } from '@shelfcast/operational/outbox-entry'

export interface Channel {
  /**
   * Returns when the order has arrived, also where it had arrived before.
   * @returns what was answered, for the order's history
   * @throws Undeliverable, or any other error where trying again may help
   */
  send(entry: OutboxEntry, signal: AbortSignal): Promise<Record<string, unknown>>
}

/** Trying again cannot help: a person has to. The message names the order, what was answered, and the fix. */
export class Undeliverable extends Error {
  override name = 'Undeliverable'
}

/** Whoever received it asks for patience. */
export class TryLater extends Error {
  override name = 'TryLater'
  readonly afterMs: number

  constructor(message: string, afterMs: number) {
    super(message)
    this.afterMs = afterMs
  }
}
