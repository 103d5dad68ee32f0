/** Baskets of the twin's live stream, read as the platform reads them, less what the truth says is not a purchase. */

import { dayHours, localDay } from '@shelfcast/contracts/dates'
import type { Basket } from '@shelfcast/contracts/events'
import type { Live } from '../till/live.ts'
import type { World } from '../world/world.ts'
import { createShopping, type Shopping } from './shopping.ts'

export interface TwinBaskets {
  shopping: Shopping
  /** Sales. */
  baskets: number
  doubleScans: number
}

export interface Reading {
  world: World
  live: Live
  /** Milliseconds since 1970. */
  until: number
  /** Store days of which no basket is read. */
  isQuiet(store: number, day: number): boolean
  onHour(at: number): void
}

/** Lets the live stream run until an hour. */
export function readBaskets({ world, live, until, isQuiet, onHour }: Reading): TwinBaskets {
  const stores = new Map(world.stores.map((store) => [store.store_id, store]))
  const shopping = createShopping()
  const ids = new Set<string>()
  // A basket may come later than its label.
  const doubles = new Set<string>()
  let [baskets, doubleScans] = [0, 0]
  while (live.at < until) {
    const { events, labels, at } = live.hour({ quiet: isQuiet })
    onHour(at)
    for (const label of labels) {
      if (label.kind === 'double_scan') doubles.add(`${label.store_id} ${label.basket_id} ${label.line_no}`)
    }
    for (const { topic, value } of events) {
      if (topic !== 'sales-transactions') continue
      const basket = parsed(value)
      // A basket's id is unique within its store.
      const id = basket && `${basket.store_id} ${basket.basket_id}`
      if (!id || ids.has(id)) continue
      ids.add(id)
      const store = stores.get(basket.store_id)
      if (!store) continue
      if (basket.kind === 'sale') baskets++
      const { day, hour } = localTime(store.time_zone, Date.parse(basket.event_time))
      const lines = basket.lines.filter(({ line_no }) => !doubles.has(`${id} ${line_no}`))
      if (lines.length < basket.lines.length) doubleScans++
      shopping.add({
        kind: basket.kind,
        profile: store.profile,
        day,
        hour,
        ...(basket.customer_id && { customer: basket.customer_id }),
        lines: lines.map(({ sku, quantity, unit }) => ({ sku, quantity, isWeighed: unit !== 'each' })),
      })
    }
  }
  return { shopping: shopping.result(), baskets, doubleScans }
}

/** Some messages are broken on purpose. */
function parsed(value: Buffer): Basket | undefined {
  try {
    const basket = JSON.parse(value.toString()) as Basket
    return Array.isArray(basket.lines) && Number.isFinite(Date.parse(basket.event_time)) ? basket : undefined
  } catch {
    return undefined
  }
}

function localTime(timeZone: string, at: number): { day: number; hour: number } {
  const day = localDay(timeZone, at)
  const hours = dayHours(timeZone, day)
  let hour = 23
  while (hour > 0 && hours[hour]! > at) hour--
  return { day, hour }
}
