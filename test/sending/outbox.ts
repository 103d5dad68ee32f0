/** An outbox in memory, with a clock that stands until it is set. */
import type { Outbox, OutboxEntry } from '@shelfcast/operational/outbox-entry'

export interface MemoryOutbox extends Outbox {
  /** Milliseconds since 1970; what is postponed is due when it has passed. */
  time: number
  sendings: { key: string; detail: Record<string, unknown> }[]
  deadLetters: { key: string; reason: string }[]
  postponements: { key: string; untilMs: number; reason: string }[]
  /** Moves the clock to when all are due. */
  pass(): void
}

export function memoryOutbox(entries: readonly OutboxEntry[]): MemoryOutbox {
  const waiting = entries.map((entry) => ({ ...entry, dueAt: 0, isHeld: false }))
  const remove = ({ id }: OutboxEntry) => {
    waiting.splice(
      waiting.findIndex((entry) => entry.id === id),
      1,
    )
  }
  const outbox: MemoryOutbox = {
    time: Date.parse('2026-03-02T09:31:00Z'),
    sendings: [],
    deadLetters: [],
    postponements: [],
    async claim({ most }) {
      const due = waiting.filter((entry) => !entry.isHeld && entry.dueAt <= outbox.time).slice(0, most)
      return due.map((entry) => {
        entry.isHeld = true
        const { dueAt: _, isHeld: __, ...claimed } = entry
        entry.attempts += 1
        entry.turn += 1
        return claimed
      })
    },
    async sent(entry, detail) {
      remove(entry)
      outbox.sendings.push({ key: entry.idempotency_key, detail })
    },
    async postpone(entry, until, reason) {
      const held = waiting.find(({ id }) => id === entry.id)!
      held.isHeld = false
      held.dueAt = until.getTime()
      outbox.postponements.push({ key: entry.idempotency_key, untilMs: until.getTime(), reason })
    },
    async bury(entry, reason) {
      remove(entry)
      outbox.deadLetters.push({ key: entry.idempotency_key, reason })
    },
    pass() {
      outbox.time = Math.max(...waiting.map(({ dueAt }) => dueAt))
    },
  }
  return outbox
}
