/** What the twin says went wrong, by the message that it is about: what the gate is held against. */
import { DAY_MS, utcDate } from '@shelfcast/contracts/dates'
import type { Label } from '@shelfcast/datagen/till/truth'

/** What is wrong with a line, by `line_no`. */
export type LineFault = 'double_scan' | 'unknown_sku' | 'price_zero' | 'price_digit' | 'price_yesterday'

export interface Truth {
  lines: Map<number, LineFault>
  malformed: boolean
  late: boolean
  outOfOrder: boolean
}

/** Labels that are about no message. */
export type OtherKind = 'missing_till_hour' | 'clock_skew' | 'spike' | 'drop' | 'theft' | 'till_outage'

export interface TruthBook {
  add(label: Label): void
  /** What is wrong with a message that is delivered now, or undefined. */
  delivery(store: string, message: string): { truth: Truth; isRepetition: boolean } | undefined
  others: ReadonlyMap<OtherKind, number>
  /** Whether a till's clock was wrong at some time within a day of this. @param at milliseconds since 1970 */
  isWrongClock(store: string, till: number, at: number): boolean
}

export function createTruthBook(): TruthBook {
  const truths = new Map<string, Truth & { deliveries: number; delivered: number }>()
  const others = new Map<OtherKind, number>()
  const wrongClocks = new Set<string>()

  function about(store: string, message: string) {
    const key = `${store} ${message}`
    let truth = truths.get(key)
    if (!truth) {
      truth = {
        lines: new Map(),
        malformed: false,
        late: false,
        outOfOrder: false,
        deliveries: 1,
        delivered: 0,
      }
      truths.set(key, truth)
    }
    return truth
  }

  function count(kind: OtherKind): void {
    others.set(kind, (others.get(kind) ?? 0) + 1)
  }

  return {
    others,
    add(label) {
      switch (label.kind) {
        case 'double_scan':
        case 'unknown_sku':
          about(label.store_id, label.basket_id).lines.set(label.line_no, label.kind)
          break
        case 'wrong_price':
          about(label.store_id, label.basket_id).lines.set(label.line_no, PRICE_FAULTS[label.form])
          break
        case 'malformed':
          about(label.store_id, label.basket_id).malformed = true
          break
        case 'late_message':
          about(label.store_id, label.message_id).late = true
          break
        case 'out_of_order':
          about(label.store_id, label.message_id).outOfOrder = true
          break
        case 'repeated_message':
          about(label.store_id, label.message_id).deliveries = 2
          break
        case 'clock_skew':
          wrongClocks.add(`${label.store_id} ${label.till_id} ${label.date}`)
          count(label.kind)
          break
        default:
          count(label.kind)
      }
    },
    delivery(store, message) {
      const key = `${store} ${message}`
      const truth = truths.get(key)
      if (!truth) return undefined
      truth.delivered++
      // What has come as often as it will is forgotten: a million baskets are many.
      if (truth.delivered === truth.deliveries) truths.delete(key)
      return { truth, isRepetition: truth.delivered > 1 }
    },
    isWrongClock: (store, till, at) =>
      // A store's day is not UTC's, and a wrong clock may say another one.
      [-DAY_MS, 0, DAY_MS].some((shift) => wrongClocks.has(`${store} ${till} ${utcDate(at + shift)}`)),
  }
}

const PRICE_FAULTS = {
  zero: 'price_zero',
  times_ten: 'price_digit',
  tenth: 'price_digit',
  yesterday: 'price_yesterday',
} as const satisfies Record<string, LineFault>
