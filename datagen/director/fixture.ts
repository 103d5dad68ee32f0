/** What the tests of the director share: a lake in memory, and stores whose hours are easy to tell. */
import type { Lake } from '@shelfcast/runtime/lake'
import { localDay } from '../sim/calendar.ts'
import type { Happening, StoreDay } from '../sim/model.ts'
import type { SourceEvent } from '../source.ts'
import type { Live } from '../till/live.ts'
import type { World } from '../world/world.ts'
import type { LiveMaker } from './stage.ts'

const HOUR_MS = 3_600_000

export function memoryLake() {
  const objects = new Map<string, Buffer>()
  const key = (zone: string, name: string) => `${zone}/${name}`
  const bytes = (body: Uint8Array) => Buffer.from(body)
  const lake = {
    metadata: async (zone: string, name: string) => (objects.has(key(zone, name)) ? {} : undefined),
    read: async (zone: string, name: string) => objects.get(key(zone, name))!,
    put: async (zone: string, name: string, body: Uint8Array) =>
      void objects.set(key(zone, name), bytes(body)),
    async create(zone: string, name: string, body: Uint8Array) {
      if (objects.has(key(zone, name))) return false
      objects.set(key(zone, name), bytes(body))
      return true
    },
  }
  return { lake: lake as unknown as Lake, objects }
}

export interface FakeLive extends LiveMaker {
  /** What the live stream was told, in order, with the hour that came next. */
  told: string[]
}

/**
 * A live stream of four messages an hour for each store, a quarter of an hour apart. A message tells its hour and the
 * happenings and orders that hold, so what a command changes is seen in the bytes.
 */
export function fakeLive(world: World, begin: number): FakeLive {
  const told: string[] = []

  interface State {
    at: number
    happenings: Happening[]
    orders: string[]
    external: number[]
  }

  function live(state: State, onDay: (day: StoreDay) => void): Live {
    const days = world.stores.map(({ time_zone }) => localDay(time_zone, state.at))
    return {
      get at() {
        return state.at
      },
      hour({ quiet = false } = {}) {
        const isQuiet = typeof quiet === 'function' ? quiet : () => quiet
        const { at } = state
        const events: SourceEvent[] = []
        for (const [store, { store_id, time_zone }] of world.stores.entries()) {
          const day = localDay(time_zone, at)
          if (day > days[store]!) {
            onDay({ store, day: days[store]! } as StoreDay)
            days[store] = day
          }
          if (isQuiet(store, day)) continue
          for (let quarter = 0; quarter < 4; quarter++) {
            const event_time = at + (quarter * HOUR_MS) / 4
            const now = state.happenings.filter(({ from, to }) => from <= at && to > at).map(({ id }) => id)
            const { orders, external } = state
            const value = Buffer.from(
              JSON.stringify({ store_id, at: new Date(event_time).toISOString(), now, orders, external }),
            )
            events.push({ topic: 'sales-transactions', store_id, event_time, value, lines: 1 })
          }
        }
        state.at += HOUR_MS
        return { at, events: events.sort((a, b) => a.event_time - b.event_time), labels: [] }
      },
      inject(happening) {
        if (happening.from < state.at) throw new Error('too late')
        told.push(`inject ${happening.id}`)
        state.happenings.push(happening)
      },
      happenings: () => state.happenings.filter(({ to }) => to > state.at),
      end(id) {
        told.push(`end ${id}`)
        state.happenings = state.happenings.map((each) => (each.id === id ? { ...each, to: state.at } : each))
      },
      reorder(store, { kind }) {
        const others = state.external.filter((each) => each !== store)
        state.external = kind === 'external' ? [...others, store] : others
      },
      post(order) {
        told.push(`post ${order.purchase_order_id}`)
        state.orders.push(order.purchase_order_id)
        return { ...order, day: days[order.store]! }
      },
      snapshot: () => Buffer.from(JSON.stringify(state)),
    }
  }

  return {
    told,
    begin: (onDay) => live({ at: begin, happenings: [], orders: [], external: [] }, onDay),
    open: (snapshot, onDay) => live(JSON.parse(Buffer.from(snapshot).toString()) as State, onDay),
  }
}
