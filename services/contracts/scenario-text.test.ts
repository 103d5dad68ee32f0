import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dateOf, dayOf } from './dates.ts'
import { PROMOTION_KINDS } from './inference.ts'
import { formatScenario, parseScenario, ScenarioTextError, scenarioQuery } from './scenario-text.ts'
import { PART_KINDS, SCENARIO_PARTS, type ScenarioPart, STRENGTHS } from './scenarios.ts'

const name = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((text) => text.length <= 80 && text.isWellFormed() && !/\p{Cc}/u.test(text))
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)
const day = fc.integer({ min: dayOf('1990-01-01'), max: dayOf('2099-12-31') })

const part: fc.Arbitrary<ScenarioPart> = fc
  .record({
    kind: fc.constantFrom(...PART_KINDS),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    shown: fc.option(fc.constantFrom(...PROMOTION_KINDS)),
    scope: fc.record(
      { region: name, store_id: id, category: name, sku: id, supplier_id: name },
      { requiredKeys: [] },
    ),
    days: fc.option(fc.tuple(day, day)),
  })
  .map(({ kind, share, shown, scope: { supplier_id, ...scope }, days }) => {
    const rule = STRENGTHS[kind]
    const number = rule ? rule.least + share * (rule.most - rule.least) : 0
    const both = days ?? (kind === 'festival' ? ([20_000, 20_000] as const) : undefined)
    return {
      kind,
      ...(rule && { strength: rule.isWhole ? Math.round(number) : Math.round(number * 1e4) / 1e4 || 0 }),
      ...(kind === 'promotion' && shown && { shown_as: shown }),
      scope: {
        ...scope,
        ...(kind === 'delay' && supplier_id && supplier_id.length <= 64 && { supplier_id }),
      },
      ...(both && { from_day: dateOf(Math.min(...both)), to_day: dateOf(Math.max(...both)) }),
    }
  })

test('a scenario comes back from its text and from a URL as it was', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: SCENARIO_PARTS }), (scenario) => {
      expect(parseScenario(formatScenario(scenario), 'a')).toEqual(scenario)
      const query = new URLSearchParams(scenarioQuery({ category: 'Tins & sauces' }, { a: scenario }))
      expect(query.get('category')).toBe('Tins & sauces')
      expect(parseScenario(query.get('a')!, 'a')).toEqual(scenario)
    }),
  )
})

test('any text is read, or refused by its part', () => {
  const likely = fc
    .array(
      fc.constantFrom(
        'price',
        ':',
        ',',
        ';',
        '0.9',
        'days',
        '..',
        '2027-03-22',
        'sku',
        '~',
        'as',
        '-1',
        '%',
        '\0',
      ),
      {
        maxLength: 12,
      },
    )
    .map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), likely), (text) => {
      try {
        const scenario = parseScenario(text, 'a')
        expect(parseScenario(formatScenario(scenario), 'a')).toEqual(scenario)
      } catch (error) {
        expect(error).toBeInstanceOf(ScenarioTextError)
        expect((error as Error).message).toContain('scenario "a"')
        expect((error as Error).message.isWellFormed()).toBe(true)
      }
    }),
  )
})

test('what a person would write', () => {
  const text = 'price:0.9,category:Bread,days:2027-03-22..2027-03-28;festival,region:Leinster,days:2027-03-27'
  expect(parseScenario(text, 'a')).toEqual([
    {
      kind: 'price',
      strength: 0.9,
      scope: { category: 'Bread' },
      from_day: '2027-03-22',
      to_day: '2027-03-28',
    },
    { kind: 'festival', scope: { region: 'Leinster' }, from_day: '2027-03-27', to_day: '2027-03-27' },
  ])
  expect(scenarioQuery({ category: 'Bread' }, { a: parseScenario(text, 'a'), b: [] })).toBe(
    `category=Bread&a=${text}&b=`,
  )
})

test.each([
  ['price:-1', 'Part 1 of scenario "b", "price:-1": price takes a factor on the price, from 0.1 to 10'],
  ['price:1e3', 'as price:0.9'],
  ['price:NaN', 'as price:0.9'],
  ['price:0.90000001', 'at most 4 decimals'],
  ['price', 'as price:0.9'],
  ['delay:1.5', 'whole, from 1 to 60'],
  ['festival:2,days:2027-03-27', 'festival takes no strength'],
  ['festival', 'needs its day'],
  ['price:0.9;;rain:3', 'Part 2 of scenario "b", "": "" is not known'],
  ['constructor:1', '"constructor" is not known'],
  ['price:0.9,toString:1', 'the field "toString" is not known'],
  ['price:0.9,sku:A,sku:B', 'it has "sku" twice'],
  ['price:0.9,sku:', '"sku" has no value'],
  ['price:0.9,sku:A B', 'is no id of a SKU'],
  ['price:0.9,supplier:bakehouse', '"supplier" is of a delay'],
  ['price:0.9,as:coupon', '"as" is of a promotion'],
  ['promotion:0.2,as:sorcery', 'price_off, multibuy, end_cap, coupon'],
  ['rain:5,days:2027-02-30', '"days" is a day or two'],
  ['rain:5,days:2027-03-28..2027-03-22', 'end on 2027-03-22, before they begin on 2027-03-28'],
  ['rain:1;rain:1;rain:1;rain:1;rain:1;rain:1;rain:1', 'has 7 parts, and takes 6'],
])('%s is refused with the fix', (text, message) => {
  expect(() => parseScenario(text, 'b')).toThrow(message)
})
