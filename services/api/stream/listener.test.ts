import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BACKLOG_LIMIT_BYTES, createListener, PING_MS } from './listener.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function connection({ bufferedAmount = 0 } = {}) {
  const events = new EventEmitter()
  const socket = {
    bufferedAmount,
    send: vi.fn(),
    ping: vi.fn(),
    terminate: vi.fn(() => void events.emit('close')),
    on: (event: string, handler: () => void) => void events.on(event, handler),
  }
  const onClose = vi.fn()
  return { events, socket, onClose, listener: createListener(socket, onClose) }
}

test('a client that does not read is dropped instead of collecting messages', () => {
  const { socket, listener, onClose } = connection({ bufferedAmount: BACKLOG_LIMIT_BYTES + 1 })
  listener.send('state')
  expect(socket.send).not.toHaveBeenCalled()
  expect(socket.terminate).toHaveBeenCalledOnce()
  expect(onClose).toHaveBeenCalledOnce()
})

test('a client that answers pings stays, one that does not is dropped', () => {
  const { events, socket } = connection()
  vi.advanceTimersByTime(PING_MS)
  events.emit('pong')
  vi.advanceTimersByTime(PING_MS)
  expect(socket.ping).toHaveBeenCalledTimes(2)
  expect(socket.terminate).not.toHaveBeenCalled()
  vi.advanceTimersByTime(PING_MS)
  expect(socket.terminate).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(PING_MS)
  expect(socket.ping).toHaveBeenCalledTimes(2)
})
