import { expect, test } from 'vitest'
import { createDayReader, createReceiptBook, receiptRule } from './csv-receipts.ts'

const at = (text: string) => Date.parse(text)

test('a business day is that of the store, whatever the summer time', () => {
  const dayOf = createDayReader('Europe/Paris')
  expect(dayOf(at('2026-06-30T21:59:59Z'))).toBe('2026-06-30')
  expect(dayOf(at('2026-06-30T22:00:00Z'))).toBe('2026-07-01')
  expect(dayOf(at('2026-12-31T22:59:59Z'))).toBe('2026-12-31')
  expect(dayOf(at('2026-12-31T23:00:00Z'))).toBe('2027-01-01')
  // Offsets of Nepal and of Chatham Island are quarters of an hour.
  expect(createDayReader('Asia/Kathmandu')(at('2026-07-01T18:14:59Z'))).toBe('2026-07-01')
  expect(createDayReader('Asia/Kathmandu')(at('2026-07-01T18:15:00Z'))).toBe('2026-07-02')
  const night = createDayReader('Europe/Paris', '04:10')
  expect(night(at('2026-07-02T02:09:59Z'))).toBe('2026-07-01')
  expect(night(at('2026-07-02T02:10:00Z'))).toBe('2026-07-02')
})

test('an empty cell of a receipt is named', () => {
  const time = { column: 'when', format: 'iso', zone: 'UTC' }
  const rule = receiptRule({ basket: { columns: ['receipt', 'till'] }, time })
  expect(rule.id({ receipt: '17', till: ' ' }, 0, false)).toEqual({ empty: 'till' })
  expect(rule.id({ receipt: ' 17', till: '1' }, at('2026-07-01T09:00:00Z'), true)).toEqual({
    id: '20260701-17-1-R',
  })
})

test('every receipt that comes again is counted, however many there are', () => {
  const book = createReceiptBook()
  const receipts = 20_000
  for (const round of [0, 1, 2]) {
    for (let index = 0; index < receipts; index++) {
      const row = { store: 'S-1', basket: `20260701-${index}`, at: at('2026-07-01T09:00:00Z') }
      book.add({ ...row, line: 2 + round * receipts + index, begins: true })
    }
  }
  expect(book.receipts()).toBe(receipts)
  expect(book.repeated).toMatchObject({ rows: 2 * receipts, receipts })
  expect(book.repeated.examples[0]).toBe('20260701-0 of S-1 on lines 2 and 20002')
  expect(book.farApart.rows).toBe(0)
})
