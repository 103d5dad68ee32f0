import { expect, test } from 'vitest'
import { LOTS, Shelf } from './shelf.ts'

const lotsOf = (shelf: Shelf, slot: number) =>
  Array.from({ length: shelf.lots[slot]! }, (_, lot) => [
    shelf.expires[slot * LOTS + lot],
    shelf.quantity[slot * LOTS + lot],
  ])

test('what expires first is taken first, in whatever order it came', () => {
  const shelf = new Shelf(2)
  shelf.add(1, 10, 120, 100)
  shelf.add(1, 5, 110, 101)
  shelf.add(1, 7, 130, 102)
  shelf.take(1, 8)
  expect(lotsOf(shelf, 1)).toEqual([
    [120, 7],
    [130, 7],
  ])
  expect(shelf.stock[1]).toBe(14)
  shelf.take(1, 14)
  expect(lotsOf(shelf, 1)).toEqual([])
  expect(shelf.stock[0]).toBe(0)
})

test('the lot that keeps longest can be taken from, and the first thrown away', () => {
  const shelf = new Shelf(1)
  shelf.add(0, 4, 110, 100)
  shelf.add(0, 6, 120, 100)
  expect(shelf.expires[shelf.takeLast(0, 6)]).toBe(120)
  expect(lotsOf(shelf, 0)).toEqual([[110, 4]])
  shelf.dropFirst(0)
  expect(shelf.stock[0]).toBe(0)
})

test('with more lots than are told apart, the two that expire first become one and nothing is lost', () => {
  const shelf = new Shelf(1)
  for (let lot = 0; lot <= LOTS; lot++) shelf.add(0, 1, 100 + lot, 90)
  expect(shelf.lots[0]).toBe(LOTS)
  expect(shelf.stock[0]).toBe(LOTS + 1)
  expect(lotsOf(shelf, 0).slice(0, 2)).toEqual([
    [100, 2],
    [102, 1],
  ])
})
