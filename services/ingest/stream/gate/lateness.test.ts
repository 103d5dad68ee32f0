import { LIMITS } from '@shelfcast/contracts/refusals'
import { expect, test } from 'vitest'
import { advance, type Clocks, latenessOf, NO_TILL } from './lateness.ts'

const NINE = Date.UTC(2026, 0, 5, 9)
const MINUTE = 60_000

/** Lateness of each message, in seconds, when they come in this order. */
function lateness(
  messages: readonly (readonly [till: number, at: number])[],
  clocks: Clocks = new Map(),
): number[] {
  return messages.map(([till, at]) => {
    const late = latenessOf(clocks.get('S1'), till, at)
    advance(clocks, 'S1', till, at)
    return late
  })
}

test('the first message of a store, and those in order, are in time', () => {
  expect(
    lateness([
      [1, NINE],
      [2, NINE + MINUTE],
      [1, NINE + 2 * MINUTE],
    ]),
  ).toEqual([0, 0, 0])
})

test('late is what comes more than the allowed seconds behind its own till', () => {
  const allowed = LIMITS.allowedLatenessS * 1000
  expect(
    lateness([
      [1, NINE],
      [1, NINE - allowed],
      [1, NINE - allowed - 1_000],
      [1, NINE + 1],
    ]),
  ).toEqual([0, 0, LIMITS.allowedLatenessS + 1, 0])
})

test('late is what comes behind a time that two tills have passed', () => {
  expect(
    lateness([
      [1, NINE],
      [2, NINE + MINUTE],
      [3, NINE - 10 * MINUTE],
    ]),
  ).toEqual([0, 0, 600])
})

test('a till whose clock is ahead makes nobody late', () => {
  expect(
    lateness([
      [1, NINE],
      [2, NINE + 180 * MINUTE],
      [1, NINE + 5 * MINUTE],
      [3, NINE + 6 * MINUTE],
      [2, NINE + 187 * MINUTE],
      [1, NINE + 8 * MINUTE],
    ]),
  ).toEqual([0, 0, 0, 0, 0, 0])
})

test('a till whose clock is behind is late for as long as it is', () => {
  expect(
    lateness([
      [1, NINE],
      [2, NINE + MINUTE],
      [3, NINE - 9 * MINUTE],
      [1, NINE + 2 * MINUTE],
      [2, NINE + 3 * MINUTE],
      [3, NINE - 7 * MINUTE],
    ]),
  ).toEqual([0, 0, 540, 0, 0, 540])
})

test('what comes from no till is held against what came from none before it', () => {
  expect(
    lateness([
      [NO_TILL, NINE],
      [NO_TILL, NINE - 3 * MINUTE],
    ]),
  ).toEqual([0, 180])
})

test('a store that stood still for the night, or for a hundred years, is no reason to stop', () => {
  const century = Date.UTC(2099, 11, 31)
  expect(
    lateness([
      [1, NINE],
      [1, century],
      [1, NINE],
    ]),
  ).toEqual([0, 0, 2_147_483_647])
})

test('clocks that were written down and read again decide as they would have decided', () => {
  const clocks: Clocks = new Map()
  lateness(
    [
      [1, NINE],
      [2, NINE + MINUTE],
    ],
    clocks,
  )
  const restored: Clocks = new Map(Object.entries(JSON.parse(JSON.stringify(Object.fromEntries(clocks)))))
  expect(restored).toEqual(clocks)
  expect(lateness([[3, NINE - 4 * MINUTE]], restored)).toEqual([240])
})
