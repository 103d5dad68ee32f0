/** Worlds, streams and what they said, for tests. */
import { createHash } from 'node:crypto'
import { dayOf } from '@shelfcast/contracts/dates'
import type { Basket } from '@shelfcast/contracts/events'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { PLAIN_POLICY } from '@shelfcast/datagen/sim/model'
import type { SourceEvent } from '@shelfcast/datagen/source'
import { createLive, type Live, type LiveOptions, type LiveStart } from '@shelfcast/datagen/till/live'
import type { Label } from '@shelfcast/datagen/till/truth'
import { createPreset } from '@shelfcast/datagen/world/presets'
import type { Noise, World } from '@shelfcast/datagen/world/world'

/** Nothing goes wrong. */
export const NO_NOISE: Noise = {
  double_scan: 0,
  repeated_message: 0,
  late_message: 0,
  out_of_order: 0,
  clock_skew: 0,
  malformed: 0,
  unknown_sku: 0,
  wrong_price: 0,
  missing_till_hour: 0,
  spike: 0,
  drop: 0,
  theft_run: 0,
  shrinkage: 0,
}
/** Everything goes wrong often. */
export const MUCH_NOISE: Noise = {
  double_scan: 0.1,
  repeated_message: 0.02,
  late_message: 0.05,
  out_of_order: 0.05,
  clock_skew: 0.1,
  malformed: 0.02,
  unknown_sku: 0.05,
  wrong_price: 0.1,
  missing_till_hour: 0.02,
  spike: 0.05,
  drop: 0.05,
  theft_run: 0.05,
  shrinkage: 0.01,
}

export const MONDAY = dayOf('2026-06-01')
// The second sells around the clock and is half an hour off; days begin 14 hours apart.
const ZONES = ['Europe/Dublin', 'Asia/Kolkata', 'America/New_York', 'Australia/Sydney']

/** Four busy stores on four continents, with promotions and returns in plenty. */
export function tillWorld(noise: Partial<Noise> = {}, overrides: Partial<World> = {}): World {
  const preset = createPreset('small')
  return {
    ...preset,
    stores: ZONES.map((time_zone, index) => {
      const store = preset.stores[index]!
      return { ...store, time_zone, size: 3 * store.size }
    }),
    categories: preset.categories.map((category) => ({ ...category, return_share: 0.02 })),
    promotions: { ...preset.promotions, share: 0.3 },
    noise: { ...NO_NOISE, ...noise },
    ...overrides,
  }
}

export function liveOptions(
  world: World,
  options: Partial<LiveOptions> & { seed?: number } = {},
): LiveOptions {
  const { seed = 1, ...others } = options
  return { conditions: createConditions(world, seed), policy: PLAIN_POLICY, run: 'T1', ...others }
}

export function openStores(
  world: World,
  options: Parameters<typeof liveOptions>[1] & Partial<LiveStart> = {},
): Live {
  const { day = MONDAY, states, ...others } = options
  return createLive(liveOptions(world, others), { day, states })
}

export interface Heard {
  events: SourceEvent[]
  labels: Label[]
}

export function listen(live: Live, hours: number): Heard {
  const events: SourceEvent[] = []
  const labels: Label[] = []
  for (let hour = 0; hour < hours; hour++) {
    const batch = live.hour()
    events.push(...batch.events)
    labels.push(...batch.labels)
  }
  return { events, labels }
}

export function checksum({ events, labels }: Heard): string {
  const hash = createHash('sha256')
  for (const { topic, store_id, event_time, value, lines } of events) {
    hash.update(`${topic} ${store_id} ${event_time} ${lines} `).update(value)
  }
  return hash.update(JSON.stringify(labels)).digest('hex')
}

export function basketsOf(events: readonly SourceEvent[]): Basket[] {
  return events
    .filter(({ topic }) => topic === 'sales-transactions')
    .map(({ value }) => JSON.parse(value.toString()) as Basket)
}

/** Day and local hour that an id names. */
export function hourOfId(id: string): { day: number; hour: number } {
  const number = Number.parseInt(id.split('-')[1]!, 36)
  return { day: Math.floor(number / 24), hour: number % 24 }
}
