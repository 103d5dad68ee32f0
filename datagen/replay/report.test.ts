import { expect, test } from 'vitest'
import { figuresOf, table, unaccounted } from './report.ts'

const lines = { accepted: 522_535, reversed: 8_668, refused: { price_zero: 1_161, duplicate_line: 5_259 } }

test('figures are rates of rows, with the most frequent refusal first', () => {
  const figures = figuresOf(541_909, lines, 5_000, 10_000)
  expect(figures).toMatchObject({
    rows_read: 541_909,
    rows_accepted: 522_535,
    rows_reversed: 8_668,
    send_lines_per_s: 108_382,
    lines_per_s: 54_191,
    send_s: 5,
    total_s: 10,
  })
  expect(Object.keys(figures.rows_refused)).toEqual(['duplicate_line', 'price_zero'])
})

test('rows that are nowhere, or twice, are noticed', () => {
  const complete = 522_535 + 8_668 + 1_161 + 5_259
  expect(unaccounted(figuresOf(complete, lines, 1, 1))).toBe(0)
  expect(unaccounted(figuresOf(complete + 3, lines, 1, 1))).toBe(3)
  expect(unaccounted(figuresOf(complete - 2, lines, 1, 1))).toBe(-2)
})

test('the table names every reason', () => {
  const text = table(figuresOf(541_909, lines, 5_000, 10_000))
  expect(text).toContain('rows read        541,909')
  expect(text).toContain('  duplicate_line   5,259')
  expect(text).toContain('54,191 lines/s in 10.0 s')
})
