/** The twin as a source: an endless stream of store-hours. */
import type { Product, Store } from '@shelfcast/contracts/reference'
import { Temporal } from 'temporal-polyfill'
import type { Source } from '../source.ts'
import { ARTICLES } from './assortment.ts'
import { offerAt } from './baskets.ts'
import { HOUR_MS, storeHour, type TwinEvent } from './store-hour.ts'
import { STORES, TIME_ZONE } from './stores.ts'

/** A place in the stream: so many events of this hour have been sent. */
export interface Position {
  /** Begin of the hour in milliseconds since 1970. */
  hour: number
  sent: number
}

export interface PlacedEvent extends TwinEvent {
  /** Where the stream goes on after this event. */
  next: Position
}

const OPENING_HOUR = 6

/** Six in the morning at the stores, on the day of `now`. */
export function firstPosition(now: number): Position {
  const day = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(TIME_ZONE).toPlainDate()
  const opening = day.toZonedDateTime({
    timeZone: TIME_ZONE,
    plainTime: new Temporal.PlainTime(OPENING_HOUR),
  })
  return { hour: opening.epochMilliseconds, sent: 0 }
}

/** Events depend on seed and store time alone, so a stream taken up at a position goes on byte for byte. */
export function createTwin(seed: number, from: Position): Source<PlacedEvent> {
  return {
    name: 'twin',
    reference: async () => ({ stores: STORES.map(toStore), products: ARTICLES.map(toProduct) }),
    *events() {
      let skip = from.sent
      for (let hour = from.hour; ; hour += HOUR_MS) {
        const events = eventsOfHour(seed, hour)
        for (const [index, event] of events.entries()) {
          if (index < skip) continue
          yield { ...event, next: { hour, sent: index + 1 } }
        }
        skip = 0
      }
    },
  }
}

function eventsOfHour(seed: number, begin: number): TwinEvent[] {
  const local = Temporal.Instant.fromEpochMilliseconds(begin).toZonedDateTimeISO(TIME_ZONE)
  const offer = offerAt(seed, begin)
  const hour = { seed, offer, begin, localHour: local.hour, weekday: local.dayOfWeek - 1 }
  // Sorting is stable, so events of the same millisecond keep the order of the stores.
  return STORES.flatMap((store) => storeHour({ ...hour, store })).sort((a, b) => a.event_time - b.event_time)
}

function toStore({ store_id, name, profile, region, time_zone, currency }: Store): Store {
  return { store_id, name, profile, region, time_zone, currency }
}

function toProduct({ sku, name, department, category, brand, unit, kind }: Product): Product {
  return { sku, name, department, category, brand, unit, kind }
}
