import { expect, test } from 'vitest'
import { type ExpiringStock, MARKDOWN_STEPS, proposeMarkdown, USUAL_ELASTICITY } from './markdown.ts'

const stock = (overrides: Partial<ExpiringStock> = {}): ExpiringStock => ({
  stock: 12,
  expected: 10,
  price: 200,
  elasticity: -3,
  ...overrides,
})

test('the smallest step that sells the stock is proposed', () => {
  // 10 at 0.9 ** -3 are 13.7: 12 at 180 instead of 10 at 200
  expect(proposeMarkdown(stock())).toMatchObject({ off: 0.1, saved: 160 })
  // 10 at 0.8 ** -3 are 19.5: 19 at 160 instead of 10 at 200
  expect(proposeMarkdown(stock({ stock: 19 }))).toMatchObject({ off: 0.2, saved: 1040 })
})

test('what sells by itself keeps its price', () => {
  expect(proposeMarkdown(stock({ expected: 12 }))).toMatchObject({ off: 0, saved: 0 })
})

test('a markdown that costs more than it saves is not proposed', () => {
  // One piece is left over: a tenth off the ten others costs as much.
  expect(proposeMarkdown(stock({ stock: 11 }))).toMatchObject({ off: 0, saved: 0 })
  expect(proposeMarkdown(stock({ elasticity: -0.5, stock: 100 }))).toMatchObject({ off: 0, saved: 0 })
})

test('where nothing sells it all, the step that saves most is proposed', () => {
  const { off, saved } = proposeMarkdown(stock({ stock: 1_000 }))
  const others = MARKDOWN_STEPS.map((step) => 200 * ((1 - step) * 10 * (1 - step) ** -3 - 10))
  expect(off).toBe(0.5)
  expect(saved).toBe(Math.round(Math.max(...others)))
})

test('an elasticity that is unknown, or that no SKU has, is the usual one', () => {
  for (const elasticity of [undefined, 0.4, -9, Number.NaN])
    expect(proposeMarkdown(stock({ elasticity })).elasticity).toBe(USUAL_ELASTICITY)
})
