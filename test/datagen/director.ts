/** What the tests of the director share: a lake in memory, and stores whose hours are easy to tell. */

import { HOUR_MS, localDay } from '@shelfcast/contracts/dates'
import type { Speed } from '@shelfcast/contracts/twin'
import { StoreClock } from '@shelfcast/datagen/director/clock'
import { Director } from '@shelfcast/datagen/director/director'
import { runOf } from '@shelfcast/datagen/director/run'
import { type LiveMaker, openStage, type Silence, type Stage } from '@shelfcast/datagen/director/stage'
import { type PlacedEvent, play } from '@shelfcast/datagen/director/stream'
import type { Sender } from '@shelfcast/datagen/send'
import type { Happening, StoreDay } from '@shelfcast/datagen/sim/model'
import type { SourceEvent } from '@shelfcast/datagen/source'
import type { Live } from '@shelfcast/datagen/till/live'
import type { World } from '@shelfcast/datagen/world/world'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'

export function memoryLake() {
  const objects = new Map<string, Buffer>()
  const metadataOf = new Map<string, Record<string, string>>()
  const key = (zone: string, name: string) => `${zone}/${name}`
  const bytes = (body: Uint8Array) => Buffer.from(body)
  const lake = {
    metadata: async (zone: string, name: string) =>
      objects.has(key(zone, name)) ? (metadataOf.get(key(zone, name)) ?? {}) : undefined,
    read: async (zone: string, name: string) => objects.get(key(zone, name))!,
    put: async (zone: string, name: string, body: Uint8Array) =>
      void objects.set(key(zone, name), bytes(body)),
    async create(zone: string, name: string, body: Uint8Array, metadata: Record<string, string> = {}) {
      if (objects.has(key(zone, name))) return false
      objects.set(key(zone, name), bytes(body))
      metadataOf.set(key(zone, name), metadata)
      return true
    },
    async *list(zone: string, prefix: string) {
      for (const [name, body] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (name.startsWith(key(zone, prefix))) yield { name: name.slice(zone.length + 1), size: body.length }
      }
    },
  }
  return { lake: lake as unknown as Lake, objects }
}

export interface FakeLive extends LiveMaker {
  /** What the live stream was told, in order, with the hour that came next. */
  commands: string[]
}

/**
 * A live stream of four messages an hour for each store, a quarter of an hour apart. A message tells its hour and the
 * happenings and orders that hold, so what a command changes is seen in the bytes.
 */
export function fakeLive(world: World, begin: number): FakeLive {
  const commands: string[] = []

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
      hour({ quiet } = {}) {
        const { at } = state
        const events: SourceEvent[] = []
        for (const [store, { store_id, time_zone }] of world.stores.entries()) {
          const day = localDay(time_zone, at)
          if (day > days[store]!) {
            onDay({ store, day: days[store]! } as StoreDay)
            days[store] = day
          }
          if (quiet?.(store, day)) continue
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
        return { at, events: events.sort((a, b) => a.event_time - b.event_time), labels: [], orders: [] }
      },
      inject(happening) {
        if (happening.from < state.at) throw new Error('too late')
        commands.push(`inject ${happening.id}`)
        state.happenings.push(happening)
      },
      happenings: () => state.happenings.filter(({ to }) => to > state.at),
      end(id) {
        commands.push(`end ${id}`)
        state.happenings = state.happenings.map((each) => (each.id === id ? { ...each, to: state.at } : each))
      },
      reorder(store, { kind }) {
        const others = state.external.filter((each) => each !== store)
        state.external = kind === 'external' ? [...others, store] : others
      },
      post(order) {
        commands.push(`post ${order.purchase_order_id}`)
        state.orders.push(order.purchase_order_id)
        return { ...order, day: days[order.store]! }
      },
      snapshot: () => Buffer.from(JSON.stringify(state)),
    }
  }

  return {
    commands,
    begin: (onDay) => live({ at: begin, happenings: [], orders: [], external: [] }, onDay),
    open: (snapshot, onDay) => live(JSON.parse(Buffer.from(snapshot).toString()) as State, onDay),
  }
}

/** Messages that reached Kafka, in order. */
export class Topic {
  readonly events: PlacedEvent[] = []
  #waiting: { count: number; resolve(): void }[] = []
  add(event: PlacedEvent) {
    this.events.push(event)
    for (const { count, resolve } of this.#waiting) if (this.events.length >= count) resolve()
  }
  /** Resolves when so many are there. */
  async reach(count: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ count, resolve })
    if (this.events.length >= count) resolve()
    await promise
  }
  texts = () => this.events.map(({ value }) => value.toString())
}

export interface PlayedRun {
  stage: Stage
  director: Director
  clock: StoreClock
  /** Store days that ended, by store and day number. */
  days: { day: StoreDay; silence: Silence | undefined }[]
  /** Ends it as SIGTERM does. */
  stop(): Promise<void>
  /** Ends it as SIGKILL does: what was acknowledged since the last save is forgotten. */
  kill(): Promise<void>
}

/** Plays a run into a topic, with a broker that acknowledges at once. */
export async function startRun(options: {
  lake: Lake
  topic: Topic
  world: World
  live: LiveMaker
  speed?: Speed
  onDay?(day: StoreDay, silence?: Silence): void
  closed?(): Promise<void>
}): Promise<PlayedRun> {
  const { lake, topic, world, live, speed = 'max', onDay, closed = async () => {} } = options
  const clock = new StoreClock({ at: 0, speed })
  const days: PlayedRun['days'] = []
  const stage = await openStage({
    lake,
    log: createLog('test', 'silent'),
    world,
    run: runOf(world, 'abcdef012345', 1),
    clock,
    live,
    onDay(day, silence) {
      days.push({ day: { ...day }, silence })
      onDay?.(day, silence)
    },
    onHour() {},
  })
  const stop = new AbortController()
  let killed = false
  const sender: Sender<PlacedEvent> = {
    async send(event) {
      if (killed) return
      topic.add(event)
      stage.acknowledged(event.next)
    },
    flush: async () => {},
    close: async () => {},
  }
  const playing = play({ stage, sender, signal: stop.signal, settled: async () => {}, closed })
  return {
    stage,
    director: new Director(stage, 1),
    clock,
    days,
    async stop() {
      stop.abort()
      await playing
      await stage.save()
    },
    async kill() {
      killed = true
      stop.abort()
      await playing
    },
  }
}
