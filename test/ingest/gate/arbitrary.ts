/** Messages for property tests: right ones, and right ones with every kind of dirt, as odd senders write them. */
import type { EventTopic } from '@shelfcast/contracts/topics'
import fc from 'fast-check'
import { basket, line, movement, posEvent } from './fixture.ts'

/** JSON before it is text, with keys that may come twice and numbers as they are written. */
type Node = { text: string } | { string: string } | { items: Node[] } | { pairs: [string, Node][] }

const nodeOf = (value: unknown): Node => {
  if (typeof value === 'string') return { string: value }
  if (Array.isArray(value)) return { items: value.map(nodeOf) }
  if (typeof value !== 'object' || value === null) return { text: JSON.stringify(value) }
  const pairs = Object.entries(value).filter(([, each]) => each !== undefined)
  return { pairs: pairs.map(([key, each]) => [key, nodeOf(each)]) }
}

/** Right as a rule: a message has many fields, and most messages should have them all right. */
const mostly = <T>(right: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 25, arbitrary: right }, { weight: 1, arbitrary: odd })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const identifier = fc.oneof(
  fc.constantFrom('S1', 'B1', 'A1', 'A2', 'A91', 'POST', 'Z9'),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/),
)
const store = mostly(fc.constant('S1'), fc.constant('S9'))
const sku = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('A1', 'A2', 'A91') },
  { weight: 1, arbitrary: identifier },
)
const unit = fc.constantFrom('each', 'g', 'ml')
const instant = mostly(
  fc.oneof(
    fc.constantFrom('2026-01-05T10:00:00.000Z', '2026-01-05T10:00:00.400Z', '2024-02-29T23:59:59.999Z'),
    fc
      .date({
        min: new Date('2000-01-01T00:00:00Z'),
        max: new Date('2099-12-31T23:59:59Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString()),
  ),
  fc.oneof(
    fc.constantFrom('1999-12-31T23:59:59.999Z', '2100-01-01T00:00:00.000Z'),
    fc
      .tuple(fc.integer({ min: 1990, max: 2110 }), fc.nat({ max: 13 }), fc.nat({ max: 32 }))
      .map((parts) => `${parts.map((part) => String(part).padStart(2, '0')).join('-')}T10:00:00.000Z`),
  ),
)
const int32 = fc.oneof(
  fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  fc.constantFrom(0, 999_999_999, 1_000_000_000, -1_000_000_000, 2_147_483_647, -2_147_483_648, 10_000_000),
)
const till = mostly(fc.constantFrom(0, 1, 2, 3, 100_000), fc.constantFrom(100_001, -1))

const saleLine = fc
  .record({
    line_no: mostly(fc.constantFrom(1, 2, 90, 100_000), fc.constantFrom(100_001, 0)),
    sku,
    quantity: mostly(fc.integer({ min: 1, max: 3 }), int32),
    unit,
    unit_price: mostly(fc.constantFrom(150, 151, 9_999), fc.oneof(int32, fc.integer({ min: -3, max: 30 }))),
    discount: mostly(fc.constantFrom(0, 0, 40), int32),
    promotion_id: maybe(identifier),
    scanned_at: instant,
  })
  .map((overrides) => line(overrides as never))

const basketValue = fc
  .record({
    basket_id: identifier,
    kind: fc.constantFrom('sale', 'return'),
    store_id: store,
    till_id: till,
    cashier_id: identifier,
    customer_id: maybe(identifier),
    event_time: instant,
    currency: mostly(fc.constant('GBP'), fc.stringMatching(/^[A-Z]{2,4}$/)),
    lines: fc.oneof(
      { weight: 25, arbitrary: fc.array(saleLine, { minLength: 1, maxLength: 5 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    payment: fc.constantFrom('card', 'cash', 'mobile', 'voucher', 'account', 'unknown'),
    total: mostly(fc.integer({ min: -999_999_999, max: 999_999_999 }), int32),
  })
  .map((overrides) => {
    // In the order of the schema, as a sender that follows it writes.
    const { basket_id, kind, store_id, till_id, cashier_id, customer_id, ...rest } = basket(
      overrides as never,
    )
    return { basket_id, kind, store_id, till_id, cashier_id, customer_id, ...rest }
  })

const movementValue = fc
  .record({
    movement_id: identifier,
    kind: fc.constantFrom('receipt', 'count', 'adjustment', 'waste', 'transfer', 'return'),
    store_id: store,
    sku,
    event_time: instant,
    quantity: mostly(fc.integer({ min: -9_999, max: 9_999 }), int32),
    unit,
    lot: maybe(identifier),
    expires_on: maybe(instant.map((text) => text.slice(0, 10))),
    purchase_order_id: maybe(identifier),
  })
  .map((overrides) => movement(overrides as never))

const eventValue = fc
  .record({
    event_id: identifier,
    kind: fc.constantFrom(
      'opened',
      'closed',
      'price_override',
      'void',
      'refund',
      'scanner_fault',
      'heartbeat',
    ),
    store_id: store,
    till_id: till,
    cashier_id: maybe(identifier),
    event_time: instant,
    basket_id: maybe(identifier),
    sku: maybe(sku),
    amount: maybe(mostly(fc.integer({ min: -9_999, max: 9_999 }), int32)),
    detail: maybe(
      fc.oneof(
        fc.stringMatching(/^[ !#-[\]-~]{0,60}$/),
        fc.string({ maxLength: 520 }),
        fc.string({ unit: 'binary', maxLength: 40 }),
      ),
    ),
  })
  .map((overrides) => posEvent(overrides as never))

const VALUES: Record<EventTopic, fc.Arbitrary<unknown>> = {
  'sales-transactions': basketValue,
  'inventory-updates': movementValue,
  'pos-events': eventValue,
}

/** What is put in the place of a value. */
const oddNode: fc.Arbitrary<Node> = fc.oneof(
  fc
    .constantFrom(
      'null',
      'true',
      'false',
      '-0',
      '0',
      '-1',
      '1.0',
      '2.5',
      '1e2',
      '1E0',
      '-0.0',
      '5e-1',
      '01',
      '+1',
      '.5',
      '1e999',
      '99999999999999999999',
      '2147483648',
      '-2147483649',
      '4294967299',
      '1000000000',
      '000',
      '-',
      'NaN',
      '1_000',
    )
    .map((text) => ({ text })),
  fc
    .constantFrom(
      '',
      ' ',
      'A 1',
      '.A',
      'A'.repeat(64),
      'A'.repeat(65),
      'é',
      '\u0000',
      '"',
      '\\',
      '\ud800',
      '日本',
      '🛒',
      'A\n',
      '2025-02-29T10:00:00.000Z',
      '2026-01-05T24:00:00.000Z',
      '2026-01-05T10:00:00Z',
      '2026-01-05 10:00:00.000Z',
      '2026-01-05T10:00:60.000Z',
      '2026-02-30',
      '0000-00-00',
      '0001-01-01',
      '9999-12-31',
      'each',
      'sale',
      'card',
    )
    .map((string) => ({ string })),
  fc.constantFrom(nodeOf([]), nodeOf({}), nodeOf([[1]]), nodeOf({ lines: [1] }), nodeOf([line()])),
  fc.jsonValue({ maxDepth: 2 }).map(nodeOf),
)

const oddKey = fc.constantFrom(
  'colour',
  '',
  '__proto__',
  'constructor',
  'lines',
  'sku',
  'kind',
  'detail',
  'Kind',
  'kind ',
  'basket_id',
  'é',
)

/** One thing that a sender gets wrong, or does in its own way. Numbers choose the place. */
type Dirt =
  | { does: 'replace'; at: number; by: Node }
  | { does: 'drop' | 'repeat' | 'twice'; at: number }
  | { does: 'add'; at: number; key: string; by: Node }
  | { does: 'rename'; at: number; key: string }
  | { does: 'swap'; at: number; with: number }

const place = fc.nat({ max: 1000 })
const dirt: fc.Arbitrary<Dirt> = fc.oneof(
  fc.record({ does: fc.constant('replace' as const), at: place, by: oddNode }),
  fc.record({ does: fc.constantFrom('drop' as const, 'repeat' as const, 'twice' as const), at: place }),
  fc.record({ does: fc.constant('add' as const), at: place, key: oddKey, by: oddNode }),
  fc.record({ does: fc.constant('rename' as const), at: place, key: oddKey }),
  fc.record({ does: fc.constant('swap' as const), at: place, with: place }),
)

/** All objects of a message, itself first. */
function objectsIn(node: Node): { pairs: [string, Node][] }[] {
  if ('items' in node) return node.items.flatMap(objectsIn)
  return 'pairs' in node ? [node, ...node.pairs.flatMap(([, value]) => objectsIn(value))] : []
}

function soil(message: Node, shared: Dirt): void {
  // What is put in must be a tree of its own: more dirt may fall into it.
  const dirt = structuredClone(shared)
  const objects = objectsIn(message)
  const { pairs } = objects[dirt.at % objects.length]!
  const index = Math.floor(dirt.at / objects.length) % Math.max(1, pairs.length)
  const pair = pairs[index]
  if (dirt.does === 'add') pairs.splice(index, 0, [dirt.key, dirt.by])
  else if (!pair) return
  else if (dirt.does === 'replace') pair[1] = dirt.by
  else if (dirt.does === 'drop') pairs.splice(index, 1)
  else if (dirt.does === 'repeat') pairs.push(structuredClone(pair))
  else if (dirt.does === 'rename') pair[0] = dirt.key
  else if (dirt.does === 'swap') {
    const other = dirt.with % pairs.length
    ;[pairs[index], pairs[other]] = [pairs[other]!, pair]
  } else if ('items' in pair[1] && pair[1].items.length > 0)
    pair[1].items.push(structuredClone(pair[1].items[0]!))
}

/** How a sender writes JSON. */
interface Style {
  /** White space by place, again and again; none where it is empty. */
  spaces: string[]
  /** Which characters of strings are written as escapes: every so many, none where it is 0. */
  escapeEvery: number
}

const style: fc.Arbitrary<Style> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ spaces: [] as string[], escapeEvery: 0 }) },
  {
    weight: 2,
    arbitrary: fc.record({
      spaces: fc.array(fc.constantFrom('', '', ' ', '\n', '\t', '\r\n  '), { minLength: 1, maxLength: 7 }),
      escapeEvery: fc.constantFrom(0, 0, 0, 2, 40),
    }),
  },
)

function spell(message: Node, { spaces, escapeEvery }: Style): string {
  let places = 0
  let characters = 0
  const space = () => (spaces.length === 0 ? '' : spaces[places++ % spaces.length]!)
  const string = (text: string) => {
    if (escapeEvery === 0) return JSON.stringify(text)
    const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    const parts = units.map((unit, index) =>
      characters++ % escapeEvery === 0
        ? `\\u${unit.toString(16).padStart(4, '0')}`
        : JSON.stringify(text[index]).slice(1, -1),
    )
    return `"${parts.join('')}"`
  }
  const list = (open: string, parts: string[], close: string) =>
    `${open}${space()}${parts.join(`${space()},${space()}`)}${space()}${close}`
  const write = (node: Node): string => {
    if ('text' in node) return node.text
    if ('string' in node) return string(node.string)
    if ('items' in node) return list('[', node.items.map(write), ']')
    const pairs = node.pairs.map(([key, value]) => `${string(key)}${space()}:${space()}${write(value)}`)
    return list('{', pairs, '}')
  }
  return `${space()}${write(message)}${space()}`
}

/** What surrounds a message, or is left of it. */
const wrapping = fc.oneof(
  { weight: 20, arbitrary: fc.constant((text: string) => text) },
  fc.constantFrom(
    (text: string) => `\ufeff${text}`,
    (text: string) => `${text}}`,
    (text: string) => text + text,
    (text: string) => `[${text}]`,
    (text: string) => text.slice(0, -1),
    (text: string) => text.slice(0, text.length / 2),
    (text: string) => `${text}\u0000`,
  ),
)

/** Texts of messages of a topic: about one in three is as it should be. */
export function messageText(topic: EventTopic): fc.Arbitrary<string> {
  const some = fc.oneof(fc.constant([]), fc.array(dirt, { maxLength: 3 }))
  return fc.tuple(VALUES[topic], some, style, wrapping).map(([value, all, style, wrap]) => {
    const message = nodeOf(value)
    for (const each of all) soil(message, each)
    return wrap(spell(message, style))
  })
}
