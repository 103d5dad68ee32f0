import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bounded } from './bounded.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what hangs is waited for once, asked once, and used when it has come back', async () => {
  const hanging = Promise.withResolvers<string>()
  const load = vi.fn(() => hanging.promise)
  const ask = bounded(1_000, load)

  const first = expect(ask()).rejects.toThrow('no answer within 1 s')
  await vi.advanceTimersByTimeAsync(1_000)
  await first
  await expect(ask()).rejects.toThrow('no answer within 1 s')
  expect(load).toHaveBeenCalledOnce()

  hanging.resolve('too late')
  await vi.advanceTimersByTimeAsync(0)
  load.mockResolvedValue('in time')
  expect(await ask()).toBe('in time')
})

test('callers at the same time share one load, and its failure', async () => {
  const load = vi.fn(async () => {
    throw new Error('refused')
  })
  const ask = bounded(1_000, load)
  const answers = await Promise.allSettled([ask(), ask()])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(load).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})
