import { expect, test } from 'vitest'
import { createOffsetLog } from './landing.ts'

const range = (begin: number, end: number, partition = 0) => ({
  topic: 'sales-transactions' as const,
  partition,
  begin,
  end,
})

test('ranges that touch are one, and messages of others stay out', () => {
  const log = createOffsetLog()
  log.add([range(0, 10), range(5, 8, 1)])
  log.add([range(10, 20), range(9, 12, 1)])
  expect(log.ranges()).toEqual([range(0, 20), range(5, 8, 1), range(9, 12, 1)])
  expect(log.messages()).toBe(26)
})
