/**
 * What really happened: labels of faults and anomalies, and the truth of each store day. Scoring reads it; the
 * platform never does, and no message carries any of it.
 */

import { dateOf } from '@shelfcast/contracts/dates'
import { BasketId, Instant, Sku, StoreId } from '@shelfcast/contracts/events'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { type Static, type TProperties, Type } from 'typebox'
import type { StoreDay } from '../sim/model.ts'
import type { World } from '../world/world.ts'

const CalendarDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
const Till = Type.Integer({ minimum: 1 })
const Count = Type.Integer({ minimum: 0 })
const MinorUnits = Type.Integer({ description: 'minor units' })
const LineNumber = Type.Integer({ minimum: 1, description: 'line_no in the message that was sent' })

function label<const K extends string, P extends TProperties>(kind: K, properties: P) {
  return Type.Object(
    {
      kind: Type.Literal(kind),
      store_id: StoreId,
      at: Type.Intersect([Instant], { description: 'when it happened, by a clock that is right' }),
      ...properties,
    },
    { additionalProperties: false },
  )
}

const message = {
  topic: Type.Enum([...EVENT_TOPICS]),
  message_id: Type.String({ description: 'its basket_id, movement_id or event_id' }),
  sent_at: Type.Intersect([Instant], { description: 'when the message, or its repetition, was sent' }),
}
const line = { basket_id: BasketId, line_no: LineNumber }
const anomaly = { sku: Sku, date: CalendarDate, size: Type.Number() }

export const Label = Type.Union([
  label('double_scan', { ...line, sku: Sku, gap_ms: Count }),
  label('repeated_message', message),
  label('late_message', message),
  label('out_of_order', message),
  label('clock_skew', { till_id: Till, date: CalendarDate, skew_ms: Type.Integer() }),
  label('malformed', { basket_id: BasketId, form: Type.Enum(['cut', 'wrong_type', 'not_utf8']) }),
  label('unknown_sku', { ...line, sku: Type.String(), true_sku: Sku }),
  label('wrong_price', {
    ...line,
    sku: Sku,
    form: Type.Enum(['times_ten', 'tenth', 'yesterday', 'zero']),
    unit_price: MinorUnits,
    true_unit_price: MinorUnits,
  }),
  label('missing_till_hour', {
    till_id: Till,
    until: Instant,
    basket_ids: Type.Array(BasketId),
    event_ids: Type.Array(Type.String()),
    lines: Count,
    amount: MinorUnits,
  }),
  label('till_outage', { till_ids: Type.Array(Till), until: Instant }),
  label('spike', anomaly),
  label('drop', anomaly),
  label('theft', anomaly),
])
export type Label = Static<typeof Label>
export type LabelKind = Label['kind']

/** One product of one store day. Quantities are in the product's unit. */
export interface TruthRow {
  store_id: string
  sku: string
  date: string
  demand: number
  sold: number
  replaced: number
  lost: number
  stolen: number
  wasted: number
  on_hand: number
  book: number
  stockout: 0 | 1
}

/** Rows of what a store lists, and of what moved all the same. */
export function* truthRows(world: World, day: StoreDay): Generator<TruthRow> {
  const { store_id } = world.stores[day.store]!
  const date = dateOf(day.day)
  for (const [product, { sku }] of world.products.entries()) {
    const row: TruthRow = {
      store_id,
      sku,
      date,
      demand: day.demand[product]!,
      sold: day.sold[product]!,
      replaced: day.replaced[product]!,
      lost: day.lost[product]!,
      stolen: day.stolen[product]!,
      wasted: day.wasted[product]!,
      on_hand: day.onHand[product]!,
      book: day.book[product]!,
      stockout: day.stockout[product] === 1 ? 1 : 0,
    }
    const moved = row.demand || row.sold || row.stolen || row.wasted || row.on_hand || row.book
    if (day.listed[product] || moved) yield row
  }
}

/** Labels of what nobody planned on a store day. @param begin of the day, milliseconds since 1970 */
export function anomalyLabels(world: World, day: StoreDay, begin: number): Label[] {
  const { store_id } = world.stores[day.store]!
  const at = new Date(begin).toISOString()
  return day.anomalies.map(({ kind, product, day, size }) => ({
    kind,
    store_id,
    at,
    sku: world.products[product]!.sku,
    date: dateOf(day),
    size,
  }))
}

/** Labels of tills whose clocks were wrong on a store day. @param skew milliseconds by number of the till */
export function skewLabels(world: World, { store, day }: StoreDay, begin: number, skew: Int32Array): Label[] {
  const { store_id } = world.stores[store]!
  const at = new Date(begin).toISOString()
  const date = dateOf(day)
  return Array.from(skew).flatMap((skew_ms, till_id) =>
    skew_ms === 0 ? [] : [{ kind: 'clock_skew' as const, store_id, at, till_id, date, skew_ms }],
  )
}
