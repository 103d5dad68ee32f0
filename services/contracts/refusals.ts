/** Why the gate refuses: one table, from which counters, the dead-letter headers, the Pipeline page and the docs are made. */

export type RefusalLevel = 'message' | 'line'

export interface RefusalReason {
  /** `message`: the whole message is refused. `line`: one line of a basket is, and the others go on. */
  level: RefusalLevel
  /** The rule, as a sentence that names what is allowed. */
  rule: string
  /** What the sender should do. */
  fix: string
  /**
   * Why nobody has to act on it: what was refused is in the figures already, by what was accepted before it. Such dead
   * letters are settled by rule; all others are open until somebody acts.
   */
  settled?: string
}

export const REFUSALS = {
  not_json: {
    level: 'message',
    rule: 'The value is a JSON object in UTF-8.',
    fix: 'Send one JSON object per message.',
  },
  unsupported_schema: {
    level: 'message',
    rule: 'The `schema` header, where present, names a version that this gate reads.',
    fix: 'Send the version named in services/contracts/topics.ts, or upgrade ingest.',
  },
  schema: {
    level: 'message',
    rule: 'The value has the fields and types of the topic schema.',
    fix: 'Correct the field named in the detail.',
  },
  line_schema: {
    level: 'line',
    rule: 'Each line has the fields and types of SaleLine.',
    fix: 'Correct the field named in the detail.',
  },
  time_out_of_range: {
    level: 'message',
    rule: 'event_time is a real date from 2000 to 2099.',
    fix: "Set the till's clock.",
  },
  unknown_store: {
    level: 'message',
    rule: 'The store is in the reference data.',
    fix: 'Publish the store in the reference data, then replay.',
  },
  repeated: {
    level: 'message',
    rule: 'A basket, movement or event id arrives once per store; the earliest offset counts.',
    fix: 'Nothing: the first delivery was counted. A new basket needs a new id.',
    settled: 'The same message was accepted before, and is counted.',
  },
  unknown_sku: {
    level: 'line',
    rule: 'The SKU is in the reference data.',
    fix: 'Publish the product in the reference data, then replay.',
  },
  not_a_product: {
    level: 'line',
    rule: 'The SKU is merchandise, not postage, fees, samples or manual entries.',
    fix: 'Book services outside of sales.',
  },
  quantity_not_positive: {
    level: 'line',
    rule: 'quantity is above 0; goods that come back are a return basket.',
    fix: 'Send a basket with kind return, or an inventory movement.',
  },
  quantity_out_of_range: {
    level: 'line',
    rule: 'quantity is at most 100,000 pieces, or 1,000,000 grams or millilitres.',
    fix: 'Check the unit: weighed goods are grams, liquids millilitres.',
  },
  price_zero: {
    level: 'line',
    rule: 'unit_price is above 0; a gift is a discount of the full amount.',
    fix: 'Send the shelf price with a discount.',
  },
  price_negative: {
    level: 'line',
    rule: 'unit_price is above 0.',
    fix: 'Book ledger adjustments outside of sales.',
  },
  price_out_of_range: {
    level: 'line',
    rule: 'unit_price is at most 10,000,000 minor units, and the line at most 2,000,000,000.',
    fix: 'Check that the price is in minor units.',
  },
  price_unlikely: {
    level: 'line',
    rule: 'unit_price is from a fifth of the list price to five times as much, where the reference data has one.',
    fix: 'Correct the price at the till; markdowns are discounts. When the list price is what is wrong, publish it again, then replay.',
  },
  discount_out_of_range: {
    level: 'line',
    rule: 'discount is from 0 to the gross amount of the line.',
    fix: 'Send the discount as a positive amount of at most the gross.',
  },
  duplicate_line: {
    level: 'line',
    rule: 'Lines of a basket that agree in SKU, quantity, unit, price and discount are scanned more than 1.1 seconds apart.',
    fix: 'Nothing: the first line was counted. If it was another piece, replay the line; tills send two pieces that are passed together as quantity 2.',
    settled: 'The same piece was accepted by its first scan, and is counted.',
  },
} as const satisfies Record<string, RefusalReason>

export type RefusalCode = keyof typeof REFUSALS
export const REFUSAL_CODES = Object.keys(REFUSALS) as RefusalCode[]

/** What people are told of a reason. */
export interface Explanation {
  rule: string
  fix: string
  /** Why nobody has to act; null where somebody has to. */
  settled: string | null
}

/** Of a reason as it stands in the warehouse, which may be one that a newer gate has written. */
export function explain(reason: string): Explanation {
  if (!Object.hasOwn(REFUSALS, reason)) {
    return {
      rule: 'A reason that this version of the API does not know.',
      fix: 'Update the API.',
      settled: null,
    }
  }
  const { rule, fix, settled }: RefusalReason = REFUSALS[reason as RefusalCode]
  return { rule, fix, settled: settled ?? null }
}

/** Reasons that ask nothing of anybody. The view `dead_letter_states` names them too, and a test holds it to these. */
export const SETTLED_REASONS = REFUSAL_CODES.filter((code) => explain(code).settled !== null)

/** Domain limits that the rules above name. */
export const LIMITS = {
  quantity: { each: 100_000, g: 1_000_000, ml: 1_000_000 },
  unitPrice: 10_000_000,
  lineAmount: 2_000_000_000,
  earliestEventTime: Date.UTC(2000, 0, 1),
  latestEventTime: Date.UTC(2100, 0, 1) - 1,
  /** How often the list price goes into unit_price, or unit_price into it, at most: a decimal place is 10. */
  listPriceFactor: 5,
  /**
   * Within it a scan is the same piece again. It is what a hand takes at least to bring up the next piece: reach for it
   * over 30 cm, grasp, pass it over the scanner, release (MTM-1: R30B, G1A, M30B, RL1; 30 TMU of 36 ms). A piece that
   * stays in view is read again sooner: after the scanner's own time-out, half a second or so.
   */
  doubleScanMs: 1_100,
  /**
   * Seconds behind its store from which on a message is late: tills that keep time agree within seconds, and what a
   * network loses is sent again within tens of seconds. Longer, and a till was cut off.
   */
  allowedLatenessS: 60,
  /** A stock movement may be of so many times what one line of a basket may be of. */
  movementFactor: 100,
  /** Longest `detail`, in UTF-16 units: the sender decides what is quoted in it. */
  detailLength: 300,
  /** Longest part of a SKU, in UTF-16 units, that is kept of a line that has no right shape. */
  legibleSkuLength: 64,
} as const

/** A refused row, as its copy on the dead-letter topic says it. */
export interface RefusedRow {
  epoch: number
  partition: number
  offset: bigint
  /** Position in the basket; 0 for the whole message. */
  line: number
  reason: RefusalCode
  detail: string
  payload: Uint8Array
}
