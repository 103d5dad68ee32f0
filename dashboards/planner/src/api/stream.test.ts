import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openStream, SILENCE_MS, type StreamStatus, waitBefore } from './stream.ts'

/** Stands in for the browser's WebSocket; the test plays the server. */
class FakeSocket extends EventTarget {
  static opened: FakeSocket[] = []
  readonly url: string
  constructor(url: string) {
    super()
    this.url = url
    FakeSocket.opened.push(this)
  }
  push(message: unknown) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
  close() {
    this.dispatchEvent(new Event('close'))
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.opened = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function open() {
  const messages: unknown[] = []
  const statuses: StreamStatus[] = []
  const stream = openStream({
    url: 'ws://planner/stream',
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
  })
  return { stream, messages, statuses }
}

test('waits grow from half a second to eight seconds, less up to a quarter', () => {
  expect([0, 1, 2, 3, 4, 20].map((attempt) => waitBefore(attempt, 0))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 8_000,
  ])
  expect(waitBefore(4, 1)).toBe(6_000)
})

test('messages go on after the API was away, and waits begin small again', () => {
  // given a stream that is live
  const { messages, statuses } = open()
  FakeSocket.opened[0]!.push({ channel: 'live', state: 1 })
  // when the API goes away, refuses once and comes back
  FakeSocket.opened[0]!.close()
  vi.advanceTimersByTime(500)
  FakeSocket.opened[1]!.close()
  vi.advanceTimersByTime(600)
  expect(FakeSocket.opened).toHaveLength(2)
  vi.advanceTimersByTime(400)
  FakeSocket.opened[2]!.push({ channel: 'live', state: 2 })
  // then both messages are here and each change of status was told
  expect(messages).toEqual([
    { channel: 'live', state: 1 },
    { channel: 'live', state: 2 },
  ])
  expect(statuses).toEqual(['connecting', 'live', 'lost', 'lost', 'live'])
  FakeSocket.opened[2]!.close()
  vi.advanceTimersByTime(500)
  expect(FakeSocket.opened).toHaveLength(4)
})

test('a connection over which nothing comes is given up, and what it says late is not heard', () => {
  // given a stream that gets a message after most of the time that silence may last
  const { messages, statuses } = open()
  vi.advanceTimersByTime(SILENCE_MS - 1)
  FakeSocket.opened[0]!.push({ channel: 'live', state: 1 })
  vi.advanceTimersByTime(SILENCE_MS - 1)
  expect(statuses).toEqual(['connecting', 'live'])
  // when it then falls silent
  vi.advanceTimersByTime(1)
  expect(statuses).toEqual(['connecting', 'live', 'lost'])
  vi.advanceTimersByTime(500)
  // then another is opened, and only that one is heard
  expect(FakeSocket.opened).toHaveLength(2)
  FakeSocket.opened[0]!.push({ channel: 'live', state: 'late' })
  expect(messages).toEqual([{ channel: 'live', state: 1 }])
})

test('retry tries at once, and only while waiting', () => {
  const { stream } = open()
  stream.retry()
  expect(FakeSocket.opened).toHaveLength(1)
  FakeSocket.opened[0]!.close()
  stream.retry()
  expect(FakeSocket.opened).toHaveLength(2)
  vi.advanceTimersByTime(10_000)
  expect(FakeSocket.opened).toHaveLength(2)
})

test('a closed stream stays closed', () => {
  const { stream, statuses } = open()
  FakeSocket.opened[0]!.push({ channel: 'live', state: 1 })
  stream.close()
  vi.advanceTimersByTime(60_000)
  expect(FakeSocket.opened).toHaveLength(1)
  expect(statuses).toEqual(['connecting', 'live'])
})
