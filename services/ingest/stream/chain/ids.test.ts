import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IdBudget, IdMemory } from './ids.ts'

const word = fc.nat({ max: 0xffffffff })

test('what was added is known, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), fc.array(fc.tuple(word, word)), (added, others) => {
      const memory = new IdMemory({ bytes: 1 << 20, used: 0 })
      const spelled = new Set<string>()
      for (const [low, high] of [[0, 0] as const, [0, 7] as const, ...added]) {
        if (!memory.has(low, high)) memory.add(low, high)
        spelled.add(`${low} ${high}`)
      }
      for (const [low, high] of [...added, ...others]) {
        expect(memory.has(low, high)).toBe(spelled.has(`${low} ${high}`) || (low === 1 && high === 0))
      }
      expect(memory.isComplete).toBe(true)
    }),
  )
})

test('many grow the tables, and all are still known', () => {
  const memory = new IdMemory({ bytes: 1 << 22, used: 0 })
  for (let id = 0; id < 50_000; id++) memory.add(Math.imul(id, 0x9e3779b1) >>> 0, id)
  for (let id = 0; id < 50_000; id++) expect(memory.has(Math.imul(id, 0x9e3779b1) >>> 0, id)).toBe(true)
  expect(memory.size).toBe(50_000)
})

test('past the budget the oldest go, it says that it is not complete, and the budget is kept', () => {
  const budget: IdBudget = { bytes: 64 * 1024, used: 0 }
  const memory = new IdMemory(budget)
  for (let id = 1; id <= 20_000; id++) {
    memory.beginBlock(id)
    memory.add(id, 1)
    expect(budget.used).toBeLessThanOrEqual(budget.bytes + 8 * 1024)
  }
  expect(memory.isComplete).toBe(false)
  expect(memory.has(20_000, 1)).toBe(true)
  expect(memory.has(1, 1)).toBe(false)
  for (let id = memory.from; id <= 20_000; id++) expect(memory.has(id, 1)).toBe(true)
  memory.setFound([{ low: 1, high: 1 }])
  expect(memory.has(1, 1)).toBe(true)
  memory.release()
  expect(budget.used).toBe(0)
})

test('what a block adds is not forgotten before the next begins, and all of a block that has gone is asked for', () => {
  const memory = new IdMemory({ bytes: 16 * 1024, used: 0 })
  const ids = (block: number) => Array.from({ length: 3_000 }, (_, at) => 3_000 * block + at + 1)
  for (const block of [0, 1, 2, 3, 4]) {
    memory.beginBlock(1_000 * block)
    for (const id of ids(block)) memory.add(id, 1)
    for (const id of ids(block)) expect(memory.has(id, 1)).toBe(true)
    const oldest = memory.from / 1_000
    expect(oldest).toBe(Math.max(0, block - 1))
    for (const id of ids(oldest)) expect(memory.has(id, 1)).toBe(true)
    expect(memory.isComplete).toBe(oldest === 0)
  }
})
