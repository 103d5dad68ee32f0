import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { quiet } from '../../../test/api/fixture.ts'
import { createChannel } from './channel.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function counted() {
  const state = { at: '', value: 1 }
  const read = vi.fn(async () => ({ ...state, at: new Date().toISOString() }))
  return { state, read, channel: createChannel({ name: 'live', state: read, log: quiet }) }
}

test('nothing is computed before anybody listens, nor after the last has gone', async () => {
  const { read, channel } = counted()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(read).not.toHaveBeenCalled()
  const end = channel.listen(() => {})
  await vi.advanceTimersByTimeAsync(2_500)
  end()
  await vi.advanceTimersByTimeAsync(1_000)
  const looks = read.mock.calls.length
  await vi.advanceTimersByTimeAsync(10_000)
  expect(read).toHaveBeenCalledTimes(looks)
})

test('listeners share one look a second; a change is sent once, an unchanged state every ten seconds', async () => {
  const { state, read, channel } = counted()
  const first: string[] = []
  const second: string[] = []
  channel.listen((message) => first.push(message))
  await vi.advanceTimersByTimeAsync(100)
  expect(first).toHaveLength(1)
  channel.listen((message) => second.push(message))
  expect(second).toEqual(first)

  state.value = 2
  await vi.advanceTimersByTimeAsync(3_000)
  expect(first).toHaveLength(2)
  expect(JSON.parse(first[1]!)).toMatchObject({ channel: 'live', state: { value: 2 } })
  expect(second).toEqual(first)
  expect(read).toHaveBeenCalledTimes(4)

  await vi.advanceTimersByTimeAsync(10_000)
  expect(first).toHaveLength(3)
})

test('a listener that comes back after a pause gets the state of now', async () => {
  const { state, channel } = counted()
  const end = channel.listen(() => {})
  await vi.advanceTimersByTimeAsync(100)
  end()
  await vi.advanceTimersByTimeAsync(2_000)
  state.value = 3
  const messages: string[] = []
  channel.listen((message) => messages.push(message))
  await vi.advanceTimersByTimeAsync(100)
  expect(messages.map((message) => JSON.parse(message).state.value)).toEqual([3])
})

test('a look that fails is left out and the next one is sent', async () => {
  const { read, channel } = counted()
  read.mockRejectedValueOnce(new Error('away'))
  const messages: string[] = []
  channel.listen((message) => messages.push(message))
  await vi.advanceTimersByTimeAsync(500)
  expect(messages).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(messages).toHaveLength(1)
})
