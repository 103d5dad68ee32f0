import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyOverrides, type OverrideTerms } from './apply-overrides.ts'

const ORIGIN = '2026-03-01'
const series = { store_id: 'S1', sku: 'P1', category: 'Dairy', means: [10, 10, 10, 10] }
let id = 0
const override = (terms: Partial<OverrideTerms> = {}): OverrideTerms => ({
  id: ++id,
  store_id: null,
  sku: 'P1',
  category: null,
  from: '2026-03-03',
  to: '2026-03-04',
  factor: 1.5,
  units: null,
  expires_on: '2026-03-04',
  ...terms,
})
const meansOf = (...overrides: OverrideTerms[]) => applyOverrides(series, overrides, ORIGIN).means

test('the days of an override are changed, by a factor or to so many units, and no others', () => {
  const factor = override()
  expect(applyOverrides(series, [factor], ORIGIN)).toEqual({
    means: [10, 15, 15, 10],
    overrides: [null, factor.id, factor.id, null],
  })
  expect(meansOf(override({ factor: null, units: 0, store_id: 'S1' }))).toEqual([10, 0, 0, 10])
  expect(meansOf(override({ factor: 0 }))).toEqual([10, 0, 0, 10])
})

test('of other series, and after it expired, it changes nothing', () => {
  for (const other of [{ store_id: 'S2' }, { sku: 'P2' }, { sku: null, category: 'Bakery' }])
    expect(meansOf(override(other))).toEqual(series.means)
  expect(meansOf(override({ expires_on: '2026-02-28' }))).toEqual(series.means)
  expect(meansOf(override({ expires_on: ORIGIN }))).toEqual([10, 15, 15, 10])
})

test('the narrowest counts, and of equally narrow ones the later; they do not multiply', () => {
  const category = override({ sku: null, category: 'Dairy', factor: 3 })
  const chain = override({ factor: 2, to: '2026-03-03' })
  const store = override({ store_id: 'S1', factor: 0.5, from: '2026-03-03', to: '2026-03-03' })
  const later = override({ sku: null, category: 'Dairy', factor: 4 })
  expect(meansOf(store, later, category, chain)).toEqual([10, 5, 40, 10])
  expect(meansOf(chain, override({ factor: 1 }))).toEqual(series.means)
})

test('in whatever order they come, the answer is the same', () => {
  const terms = fc.record({
    store_id: fc.constantFrom(null, 'S1', 'S2'),
    sku: fc.constantFrom(null, 'P1'),
    factor: fc.double({ min: 0, max: 9, noNaN: true }),
    from: fc.constantFrom('2026-02-27', '2026-03-02', '2026-03-03'),
    to: fc.constantFrom('2026-03-03', '2026-03-05', '2026-04-01'),
  })
  fc.assert(
    fc.property(fc.array(terms, { maxLength: 6 }), (list) => {
      const overrides = list.map((each) =>
        override({ ...each, category: each.sku === null ? 'Dairy' : null, expires_on: '2026-04-01' }),
      )
      expect(meansOf(...overrides.toReversed())).toEqual(meansOf(...overrides))
    }),
  )
})
