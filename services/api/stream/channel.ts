/** A state that listeners are told of at each change. */
import type { Logger } from '@shelfcast/runtime/log'
import { reasonOf } from '../http/errors.ts'

export interface Channel {
  /** Sends the state at once, then at each change. @returns what ends it */
  listen(send: (message: string) => void): () => void
  close(): void
}

/** Least time between two messages, and between two looks at the state. */
const STEP_MS = 1_000
/** A message is sent at least this often, so that a listener can tell a quiet state from a broken one. */
const QUIET_MS = 10_000

/**
 * Looks at the state once a step while somebody listens, and not at all otherwise: listeners share the look and the
 * text that comes of it. A look that fails is left out; listeners keep what they have.
 */
export function createChannel<T extends { at: string }>(options: {
  name: string
  state: () => Promise<T>
  log: Logger
}): Channel {
  const { name, log } = options
  const listeners = new Set<(message: string) => void>()
  let latest: { message: string; content: string; sentAt: number } | undefined
  let running = false
  let failing = false

  async function look() {
    const state = await options.state()
    const content = JSON.stringify({ ...state, at: '' })
    const now = performance.now()
    if (latest?.content === content && now - latest.sentAt < QUIET_MS) return
    latest = { message: JSON.stringify({ channel: name, state }), content, sentAt: now }
    for (const send of listeners) send(latest.message)
  }

  async function run() {
    running = true
    while (listeners.size > 0) {
      const next = Promise.withResolvers<void>()
      setTimeout(next.resolve, STEP_MS).unref()
      try {
        await look()
        failing = false
      } catch (error) {
        if (!failing) log.warn({ channel: name, reason: reasonOf(error) }, 'no state to send')
        failing = true
      }
      await next.promise
    }
    running = false
    latest = undefined
  }

  return {
    listen(send) {
      listeners.add(send)
      if (running && latest) send(latest.message)
      if (!running) void run()
      return () => void listeners.delete(send)
    },
    close: () => listeners.clear(),
  }
}
