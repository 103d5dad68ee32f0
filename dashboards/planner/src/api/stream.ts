/** The WebSocket of a channel, which comes back by itself. */
import type { StreamMessage } from '@shelfcast/contracts/api'

export type Channel = StreamMessage['channel']
/** `live` from a message on: a connection over which nothing comes is of no use to the reader. */
export type StreamStatus = 'connecting' | 'live' | 'lost'

/** Waits between attempts: quick at first, since a restart of the API takes about a second, then easy on it. */
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** The API sends at least every ten seconds; after twice that and a little the connection is taken as dead. */
export const SILENCE_MS = 25_000

export interface StreamOptions {
  url: string
  onMessage: (message: StreamMessage) => void
  onStatus: (status: StreamStatus) => void
}

export interface Stream {
  /** Tries at once instead of waiting for the next attempt. */
  retry(): void
  close(): void
}

/**
 * Wait before an attempt, with up to a quarter taken off so that many readers don't return in the same moment.
 * @param attempt 0 for the first after a loss
 */
export function waitBefore(attempt: number, random = Math.random()): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (1 - random / 4)
}

export function openStream({ url, onMessage, onStatus }: StreamOptions): Stream {
  let end = () => {}
  let waiting: ReturnType<typeof setTimeout> | undefined
  let attempt = 0

  function connect() {
    clearTimeout(waiting)
    waiting = undefined
    const socket = new WebSocket(url)
    // A dead connection may take minutes to close, so all that it still says is cut off here.
    const listening = new AbortController()
    let silence = setTimeout(lose, SILENCE_MS)
    end = () => {
      clearTimeout(silence)
      listening.abort()
      socket.close()
    }
    function lose() {
      end()
      onStatus('lost')
      waiting = setTimeout(connect, waitBefore(attempt))
      attempt += 1
    }
    socket.addEventListener(
      'message',
      (event) => {
        attempt = 0
        clearTimeout(silence)
        silence = setTimeout(lose, SILENCE_MS)
        onStatus('live')
        onMessage(JSON.parse(event.data) as StreamMessage)
      },
      listening,
    )
    socket.addEventListener('close', lose, listening)
  }

  onStatus('connecting')
  connect()

  return {
    retry() {
      if (waiting === undefined) return
      attempt = 0
      connect()
    },
    close() {
      clearTimeout(waiting)
      end()
    },
  }
}
