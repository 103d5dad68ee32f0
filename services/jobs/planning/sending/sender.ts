/** Empties the outbox: claims what is due, gives it to its channel, and says what became of it. */
import type { OrderChannel } from '@shelfcast/contracts/orders'
import type { Outbox, OutboxEntry } from '@shelfcast/operational/outbox-entry'
import type { Logger } from '@shelfcast/runtime/log'
import { type Channel, TryLater, Undeliverable } from './channel.ts'

/** Orders that are under way at once: what an ERP of a small company takes. */
const AT_ONCE = 8
/** Longer than any channel takes to answer or to give up, so that a living sender keeps what it holds. */
const LEASE_MS = 60_000
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 3_600_000
/** With the waits above, a day and some hours: after that, a person has to look. */
const MOST_ATTEMPTS = 36

export type Outcome = 'sent' | 'postponed' | 'buried'

export interface Sender {
  /** Sends until nothing is due. */
  send(signal: AbortSignal): Promise<void>
}

export function createSender(options: {
  worker: string
  outbox: Outbox
  /** Those that this installation has. */
  channels: Partial<Record<OrderChannel, Channel>>
  log: Pick<Logger, 'info' | 'warn'>
  leaseMs?: number
  firstRetryMs?: number
  now?: () => number
  tell?(channel: OrderChannel, outcome: Outcome): void
}): Sender {
  const { worker, outbox, channels, log, tell } = options
  const { leaseMs = LEASE_MS, firstRetryMs = FIRST_RETRY_MS, now = Date.now } = options

  async function deliver(entry: OutboxEntry, signal: AbortSignal): Promise<void> {
    const { channel, order } = entry
    const name = `order ${order.purchase_order_id} of store ${order.store_id}`
    let answer: Record<string, unknown>
    try {
      answer = await channelOf(entry).send(entry, signal)
    } catch (error) {
      return fail(entry, name, error, signal)
    }
    await outbox.sent(entry, answer)
    tell?.(channel, 'sent')
    log.info({ channel, attempts: entry.attempts + 1 }, `${name} is sent`)
  }

  function channelOf({ channel }: OutboxEntry): Channel {
    const way = channels[channel]
    if (way) return way
    throw new Undeliverable(
      `Orders by "${channel}" cannot be sent: ${MISSING[channel]} Set it for the jobs, start them again, and send the order again.`,
    )
  }

  async function fail(entry: OutboxEntry, name: string, error: unknown, signal: AbortSignal): Promise<void> {
    // Whether it arrived is not known: it is due at once for whoever comes next, with the same key.
    if (signal.aborted)
      return outbox.postpone(entry, new Date(now()), 'The sender stopped while it was under way.')
    const { channel, attempts } = entry
    const reason = error instanceof Error ? error.message : String(error)
    const isLast = attempts + 1 >= MOST_ATTEMPTS
    if (isLast || error instanceof Undeliverable) {
      await outbox.bury(entry, isLast ? `${reason} It was tried ${attempts + 1} times.` : reason)
      tell?.(channel, 'buried')
      log.warn({ channel, attempts: attempts + 1 }, `${name} is not sent: ${reason}`)
      return
    }
    const patienceMs = error instanceof TryLater ? error.afterMs : 0
    const waitMs = Math.max(patienceMs, retryMs(attempts, firstRetryMs))
    await outbox.postpone(entry, new Date(now() + waitMs), reason)
    tell?.(channel, 'postponed')
    log.info({ channel, attempts: attempts + 1, waitMs }, `${name} is tried again: ${reason}`)
  }

  return {
    async send(signal) {
      while (!signal.aborted) {
        const entries = await outbox.claim({ worker, most: AT_ONCE, leaseMs })
        if (entries.length === 0) return
        const outcomes = await Promise.allSettled(entries.map((entry) => deliver(entry, signal)))
        // The store went away: what was under way is due again when the lease ends.
        const fault = outcomes.find((outcome) => outcome.status === 'rejected')
        if (fault) throw fault.reason
      }
    },
  }
}

const MISSING: Record<OrderChannel, string> = {
  twin: 'there is no twin (TWIN_URL).',
  erp: 'ERP_URL is not set.',
  csv: 'there is no lake.',
  edifact: 'there is no lake.',
}

/** Doubled with each attempt, and up to half of it less by chance, so that what failed together does not come together. */
export function retryMs(attempts: number, firstMs = FIRST_RETRY_MS): number {
  const longest = Math.min(LONGEST_RETRY_MS, firstMs * 2 ** Math.min(attempts, 40))
  return longest * (0.5 + Math.random() / 2)
}
