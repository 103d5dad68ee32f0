/** Two accounts of the same dirt, one of them written while the baskets are made, agree. */
import { expect, test } from 'vitest'
import { dirtyBaskets } from '../stack/dirt.ts'
import type { Figures } from '../stack/figures.ts'
import { ReferenceGate } from './reference-gate.ts'

test('the reference gate finds what the maker of the baskets put in', () => {
  const { messages, expected } = dirtyBaskets(20_000)
  const gate = new ReferenceGate()
  const actual: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
  for (const [offset, { value }] of messages.entries()) {
    for (const { outcome, amount } of gate.judge(offset, value)) {
      if (outcome === 'sale') actual.accepted++
      else if (outcome === 'return') actual.reversed++
      else {
        actual.refused[outcome] = (actual.refused[outcome] ?? 0) + amount
        continue
      }
      actual.net += BigInt(amount)
    }
  }
  expect(actual).toEqual(expected)
})

test('a basket that comes again, however late, is a repetition; one of which nothing was accepted is not', () => {
  const gate = new ReferenceGate()
  const { messages } = dirtyBaskets(12, 1)
  for (const [offset, { value }] of messages.entries()) gate.judge(offset, value)
  expect(gate.judge(100, messages[0]!.value)).toEqual([
    { offset: 100, line: 0, outcome: 'repeated', amount: 3 },
  ])
  const basket = JSON.parse(messages[1]!.value.toString())
  const refused = Buffer.from(
    JSON.stringify({ ...basket, basket_id: 'N1', lines: [{ ...basket.lines[0], sku: 'T-POST' }] }),
  )
  const outcome = (offset: number) => [{ offset, line: 1, outcome: 'not_a_product', amount: 1 }]
  expect(gate.judge(101, refused)).toEqual(outcome(101))
  expect(gate.judge(102, refused)).toEqual(outcome(102))
})
