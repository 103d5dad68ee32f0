/** What the messages of a local hour of a store share, and one message. */
import { instant } from '@shelfcast/contracts/dates'
import type { InventoryMovement, PosEvent } from '@shelfcast/contracts/events'
import type { Happening, Movement, StoreDay, Wants } from '../sim/model.ts'
import type { Key } from '../sim/random.ts'
import type { Outbox, Outgoing } from './delivery.ts'

/** Milliseconds since 1970, the second excluded. */
export interface Span {
  begin: number
  end: number
}

/** A store day with its customers, and what its hours need. */
export interface OpenDay {
  day: StoreDay
  wants: Wants
  /** By local hour: the index of its first want; the last is the number of wants. */
  firstWant: Int32Array
  /** By local hour: from when until when. An hour that the clock skips shares the next one's time. */
  spans: readonly Span[]
  happenings: readonly (readonly Happening[])[]
  /** First and last local hour in which customers can come; undefined when the store is closed. */
  open: { first: number; last: number } | undefined
  /** Milliseconds by which the clock of each till is wrong, by number. */
  skew: Int32Array
  /** By local hour, in the order in which they happened. */
  movements: Map<number, Movement[]>
}

export interface StoreHour extends OpenDay {
  hour: number
  span: Span
  /** The part of it that is being made. */
  slice: Span
  active: readonly Happening[]
  /** Tills that work, ascending. */
  inService: readonly number[]
  /** Unique for ever within the store, in the order of letters and numbers. */
  id(letter: string, number: number): string
  post(message: Message): void
  label: Outbox['label']
}

export interface Message extends Outgoing {
  /** 0 when it comes from no till. */
  till: number
  /** Minor units, of a basket. */
  amount: number
}

/** @param number of its draws under the key */
export function messageOf(
  event: PosEvent | InventoryMovement,
  at: number,
  key: Key,
  number: number,
): Message {
  const isMovement = 'movement_id' in event
  return {
    topic: isMovement ? 'inventory-updates' : 'pos-events',
    store_id: event.store_id,
    message_id: isMovement ? event.movement_id : event.event_id,
    at,
    value: Buffer.from(JSON.stringify(event)),
    lines: 1,
    key,
    number,
    till: isMovement ? 0 : event.till_id,
    amount: 0,
  }
}

/** @param at when it happens, by a clock that is right */
export function posEvent({ skew }: OpenDay, at: number, event: Omit<PosEvent, 'event_time'>): PosEvent {
  const { event_id, kind, store_id, till_id, cashier_id, ...details } = event
  const event_time = instant(at + skew[till_id]!)
  return { event_id, kind, store_id, till_id, cashier_id, event_time, ...details }
}
