/**
 * Receipts: one id is followed from a scan at a till to a line of an order, and back, hop by hop. Each hop is a receipt
 * too: its id can be asked for by itself, and what it claims comes with the query that proves it.
 */
import { type Static, Type } from 'typebox'
import { isDate } from './dates.ts'
import { line, STRICT } from './outside.ts'
import { EVENT_TOPICS } from './topics.ts'

/** Between the parts of an id. No identifier holds it, and no URL has to escape it. */
const SEPARATOR = '~'

const IDENTIFIER = '[A-Za-z0-9][A-Za-z0-9._:-]{0,63}'
const DAY = '\\d{4}-\\d{2}-\\d{2}'
/** Below the warehouse's Int32. */
const NUMBER = '\\d{1,9}'
/** Below 2^53: JavaScript holds it exactly. */
const OFFSET = '\\d{1,15}'
const PART = {
  store_id: IDENTIFIER,
  sku: IDENTIFIER,
  purchase_order_id: IDENTIFIER,
  basket_id: IDENTIFIER,
  plan: IDENTIFIER,
  model_version: IDENTIFIER,
  feature_hash: '[0-9a-f]{12}',
  horizon: '(?:[1-9]|1\\d|2[0-8])',
  origin: DAY,
  day: DAY,
  topic: `(?:${EVENT_TOPICS.join('|')})`,
  epoch: NUMBER,
  partition: NUMBER,
  offset: OFFSET,
  line_no: NUMBER,
} as const
type Part = keyof typeof PART

/** Parts of an id by its kind, in their order. */
export const RECEIPT_PARTS = {
  /** A line of an order. Its receipt goes back to single baskets. */
  order: ['store_id', 'purchase_order_id', 'line_no'],
  /** What a plan says of a SKU of a store, ordered or not. */
  plan: ['plan', 'store_id', 'sku'],
  /** The 28 days that were forecast of a series. */
  forecast: ['store_id', 'sku', 'origin', 'model_version'],
  /** What the model was told of one of these days. */
  features: ['feature_hash', 'store_id', 'sku', 'origin', 'horizon'],
  /** Days of the series that the features of an origin read. */
  window: ['store_id', 'sku', 'origin'],
  /** A day of a series, and the sales that it is made of. */
  day: ['store_id', 'sku', 'day'],
  /** The block that holds an offset: its object in the lake, and what Kafka still has. */
  block: ['topic', 'epoch', 'partition', 'offset'],
  /** A basket with its lines. */
  basket: ['store_id', 'basket_id'],
  /** A line of a basket. Its receipt goes forward to orders. */
  scan: ['store_id', 'basket_id', 'line_no'],
  /** The same by its place in Kafka; line 0 is the whole message. */
  line: ['topic', 'epoch', 'partition', 'offset', 'line_no'],
  /** Forecasts whose features read a day of a series. */
  uses: ['store_id', 'sku', 'day'],
  /** Plans and orders that used these forecasts. */
  orders: ['store_id', 'sku', 'day'],
} as const satisfies Record<string, readonly Part[]>
export type HopKind = keyof typeof RECEIPT_PARTS
export const HOP_KINDS = Object.keys(RECEIPT_PARTS) as HopKind[]

type PartsOf<K extends HopKind> = Record<(typeof RECEIPT_PARTS)[K][number], string>
export type Receipt = { [K in HopKind]: { kind: K } & PartsOf<K> }[HopKind]
export type ReceiptOf<K extends HopKind> = Extract<Receipt, { kind: K }>

const patternOf = (kind: HopKind): string =>
  [kind, ...RECEIPT_PARTS[kind].map((part) => `(${PART[part]})`)].join(SEPARATOR)

export const ReceiptId = Type.String({
  maxLength: 280,
  pattern: `^(?:${HOP_KINDS.map(patternOf).join('|')})$`,
  description: `kind and parts, with ~ between them: ${HOP_KINDS.map((kind) => [kind, ...RECEIPT_PARTS[kind].map((part) => part.toUpperCase())].join(SEPARATOR)).join(', ')}`,
})

const PATTERNS = HOP_KINDS.map((kind) => ({ kind, pattern: new RegExp(`^${patternOf(kind)}$`) }))

/** What an id names, or undefined when it names nothing: also of a day that the calendar does not have. */
export function parseReceipt(id: string): Receipt | undefined {
  for (const { kind, pattern } of PATTERNS) {
    const values = pattern.exec(id)?.slice(1)
    if (!values) continue
    const parts = Object.fromEntries(RECEIPT_PARTS[kind].map((part, index) => [part, values[index]!]))
    const days = [parts.day, parts.origin].filter((text) => text !== undefined)
    return days.every(isDate) ? ({ kind, ...parts } as unknown as Receipt) : undefined
  }
  return undefined
}

/** Id of what is named; null where a part has no place in an id, as a name that somebody wrote by hand. */
export function receiptId<K extends HopKind>(
  kind: K,
  parts: Record<(typeof RECEIPT_PARTS)[K][number], string | number>,
): string | null {
  const values = RECEIPT_PARTS[kind].map((part) => String(parts[part as keyof typeof parts]))
  const id = [kind, ...values].join(SEPARATOR)
  return parseReceipt(id) ? id : null
}

/** Most rows of a hop in one answer: as many days as a window has. */
export const HOP_LIMIT = 364
export const HOP_ROWS = 20

const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])
const Figure = Type.Union([...Scalar.anyOf, Type.Array(Type.Union([Type.String(), Type.Number()]))])
/** By name, the unit in the name or beside it. */
const Figures = Type.Record(Type.String(), Figure)
export type Figures = Static<typeof Figures>

export const PROOF_BACKENDS = ['warehouse', 'operational', 'lake', 'kafka'] as const
export const Proof = Type.Object(
  {
    backend: Type.Enum([...PROOF_BACKENDS], {
      description:
        'warehouse: a query that user analyst may run; operational: a query of PostgreSQL; lake: bucket and key; kafka: topic, partition and offset',
    }),
    statement: Type.String({ description: 'what was asked for this hop, to be asked again' }),
    parameters: Type.Record(Type.String(), Type.String(), {
      description: 'of the warehouse in the URL as param_NAME, of PostgreSQL by number',
    }),
  },
  STRICT,
)
export type Proof = Static<typeof Proof>

export const Hop = Type.Object(
  {
    kind: Type.Enum([...HOP_KINDS]),
    id: Type.Union([ReceiptId, Type.Null()], { description: 'by which this hop is asked for by itself' }),
    words: Type.String({ description: 'what it says, as a sentence' }),
    figures: Figures,
    rows: Type.Array(
      Type.Object(
        { id: Type.Union([ReceiptId, Type.Null()], { description: 'where it goes on' }), figures: Figures },
        STRICT,
      ),
    ),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'for the next rows ask for the id of the hop with this as `after`; null: these are all',
    }),
    links: Type.Array(ReceiptId, { description: 'receipts that begin here' }),
    proofs: Type.Array(Proof),
    missing: Type.Union([Type.String(), Type.Null()], {
      description: 'what could not be told, and the fix; null: nothing',
    }),
  },
  STRICT,
)
export type Hop = Static<typeof Hop>
export type HopRow = Hop['rows'][number]

export const ReceiptAnswer = Type.Object(
  {
    id: ReceiptId,
    direction: Type.Enum(['back', 'forward'], {
      description: 'back to what it was made of, or forward to what was made of it',
    }),
    hops: Type.Array(Hop),
  },
  { ...STRICT, $id: 'ReceiptAnswer' },
)
export type ReceiptAnswer = Static<typeof ReceiptAnswer>

export const ReceiptQuestion = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: HOP_LIMIT,
        description: `rows of each hop: ${HOP_ROWS} where it is left out`,
      }),
    ),
    after: Type.Optional(line(200, { minLength: 1, description: '`next` of the hop: its next rows alone' })),
  },
  STRICT,
)
export type ReceiptQuestion = Static<typeof ReceiptQuestion>
