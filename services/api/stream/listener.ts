/** One WebSocket that listens. */

/** What is used of a `ws` socket. */
export interface Socket {
  readonly bufferedAmount: number
  send(message: string): void
  ping(): void
  terminate(): void
  on(event: 'pong' | 'close', handler: () => void): void
}

/** Text that may wait for a slow network: some seconds of the largest state. Past it the client is dropped. */
export const BACKLOG_LIMIT_BYTES = 2_000_000
/** A client that has not answered a ping by the next one is gone. */
export const PING_MS = 15_000

export interface Listener {
  send(message: string): void
}

/** @param onClose runs once, however the connection ends */
export function createListener(socket: Socket, onClose: () => void): Listener {
  let isAnswered = true
  const pinging = setInterval(() => {
    if (!isAnswered) return socket.terminate()
    isAnswered = false
    socket.ping()
  }, PING_MS)
  pinging.unref()
  socket.on('pong', () => {
    isAnswered = true
  })
  socket.on('close', () => {
    clearInterval(pinging)
    onClose()
  })
  return {
    send(message) {
      if (socket.bufferedAmount > BACKLOG_LIMIT_BYTES) socket.terminate()
      else socket.send(message)
    },
  }
}
