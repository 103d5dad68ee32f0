import { Basket } from '@shelfcast/contracts/events'
import { PARTITIONER } from '@shelfcast/runtime/kafka'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import {
  type BasketMessage,
  count,
  createBasket,
  createRandom,
  messages,
  nothing,
  partitionOf,
  storeOf,
} from './baskets.ts'

const BASKETS = 6_000
const stream = [...messages(BASKETS)]
const basketValidator = Compile(Basket)

function outcomeOf(all: readonly BasketMessage[]) {
  const outcome = nothing()
  for (const message of all) count(outcome, message)
  return outcome
}

test('the same number of baskets is the same bytes, and another seed is not', () => {
  const bytes = (seed: number) => Buffer.concat([...messages(100, seed)].map(({ value }) => value))
  expect(bytes(1).equals(bytes(1))).toBe(true)
  expect(bytes(1).equals(bytes(2))).toBe(false)
})

test('baskets are of the size and the dirt that the bench says', () => {
  const { messages: sent, bytes, lines, accepted, refused } = outcomeOf(stream)
  expect(sent).toBe(BASKETS + BASKETS / 200)
  expect(bytes / sent).toBeGreaterThan(900)
  expect(bytes / sent).toBeLessThan(930)
  expect(lines).toBe(accepted + refused)
  // One line of every hundredth basket, and all five of every two-hundredth, when it comes again.
  expect(refused / lines).toBeCloseTo(0.007, 3)
})

test('what is JSON is what it says it is', () => {
  for (const { value, isJson } of stream) {
    const read = () => JSON.parse(value.toString()) as unknown
    if (isJson) expect(basketValidator.Check(read())).toBe(true)
    else expect(read).toThrow()
  }
})

test('stores are on the partitions that Kafka puts them on, two on each', () => {
  const partitionMetadata = Array.from({ length: 6 }, (_, partitionId) => ({
    partitionId,
    leader: 1,
    partitionErrorCode: 0,
    replicas: [1],
    isr: [1],
  }))
  const chosen = PARTITIONER()
  const counts = new Map<number, number>()
  for (let number = 0; number < 12; number++) {
    const message = { key: storeOf(number).store_id, value: null }
    const partition = chosen({ topic: 'sales-transactions', partitionMetadata, message })
    expect(partition).toBe(partitionOf(number))
    counts.set(partition, (counts.get(partition) ?? 0) + 1)
  }
  expect([...counts.values()]).toEqual([2, 2, 2, 2, 2, 2])
})

test('a basket that is made for its moment is clean', () => {
  const basket = createBasket(storeOf(7), 7, Date.UTC(2026, 5, 1), createRandom(7))
  expect(basketValidator.Check(basket)).toBe(true)
  expect(basket.event_time).toBe('2026-06-01T00:00:00.000Z')
  expect(new Set(basket.lines.map(({ sku }) => sku)).size).toBe(basket.lines.length)
})
