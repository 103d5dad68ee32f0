/**
 * A run on its stage: the live stream, what the director lets happen in it, and the place from which a restart goes
 * on. A command is in the lake before it holds, and holds from the next hour that is made; so whatever a message
 * follows from is known after a kill, and the hours made again have the same bytes.
 */

import { DAY_MS, dayOf } from '@shelfcast/contracts/dates'
import type { OrderRequest } from '@shelfcast/contracts/twin'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import PQueue from 'p-queue'
import { PLAIN_POLICY, type StoreDay } from '../sim/model.ts'
import type { Live, LiveHour } from '../till/live.ts'
import type { World } from '../world/world.ts'
import type { StoreClock } from './clock.ts'
import { productIndex, storeIndex, toHappening } from './happenings.ts'
import { insist } from './insist.ts'
import {
  type Command,
  firstPlace,
  type Place,
  readPlace,
  readSnapshot,
  rememberedOrder,
  rememberOrder,
  writePlace,
  writeSnapshot,
} from './place.ts'
import type { Run } from './run.ts'
import { latestDay, localDayOf, morningOf } from './store-times.ts'

/** Days that a jump goes over from one snapshot to the next: the history gets a file for so many. */
const DAYS_OF_A_JUMP = 28

export interface Position {
  /** Begin of the hour. */
  hour: number
  /** Messages of that hour that Kafka has. */
  sent: number
}

/** Why nothing is heard of a store day: hours of the jump, and of the snapshot from which it would be made again. */
export interface Silence {
  jump: number
  snapshot: number
}

export interface Stage {
  readonly world: World
  readonly run: Run
  readonly clock: StoreClock
  readonly live: Live
  readonly place: Readonly<Place>
  /** Whether this is the first start of the run. */
  readonly isNew: boolean
  /** Whether a jump is under way. */
  isJumping(): boolean
  /** Ends a jump that has arrived, when `told` has told all of its days to the history. */
  arrive(told: () => Promise<void>): Promise<void>
  /** One at a time: hours are made and commands are taken in turns. */
  exclusive<T>(work: () => Promise<T> | T): Promise<T>
  /** The hour from which a command of now holds. */
  nextHour(): number
  /** Takes a command, inside of `exclusive`. `told` is what else the place keeps of it. */
  take(command: Command, told?: Partial<Place>): Promise<void>
  /** The order of this id that was taken before. */
  orderOf(purchase_order_id: string): Promise<OrderRequest | undefined>
  /** Makes the next hour, with the commands that hold by then. */
  hour(): Promise<LiveHour>
  acknowledged(position: Position): void
  /**
   * Takes a snapshot when a day (UTC) has ended; on a jump, when four weeks have.
   * @param before resolves when what came before is in Kafka and lake
   */
  keep(before: () => Promise<void>, signal: AbortSignal): Promise<void>
  /** Writes the place where it has changed. */
  save(): Promise<void>
}

/** How a live stream begins, and goes on from a snapshot. */
export interface LiveMaker {
  begin(onDay: (day: StoreDay) => void): Live
  open(snapshot: Uint8Array, onDay: (day: StoreDay) => void): Live
}

/**
 * Puts the run where it stood, or at its beginning.
 * @param options.onDay a store day has ended; with `silence` when none of its messages was made
 * @param options.onHour an hour was made, or made again after a restart
 */
export async function openStage(options: {
  lake: Lake
  log: Logger
  world: World
  run: Run
  clock: StoreClock
  live: LiveMaker
  onDay(day: StoreDay, silence?: Silence): void
  onHour(hour: LiveHour): void
}): Promise<Stage> {
  const { lake, log, world, run, clock } = options
  const turns = new PQueue({ concurrency: 1 })
  const saves = new PQueue({ concurrency: 1 })
  const found = await readPlace(lake, run)
  const onDay = (day: StoreDay) =>
    options.onDay(
      day,
      isSilent(day.store, day.day) ? { jump: place.jump!.at, snapshot: place.snapshot.hour } : undefined,
    )
  const live = found
    ? options.live.open(await readSnapshot(lake, run, found), onDay)
    : options.live.begin(onDay)
  let place = found ?? firstPlace(live.at, morningOf(world, latestDay(world, live.at)))
  let saved: string | undefined
  /** Commands of the place that hold already. */
  let applied = 0
  /** Of the orders among them, those that have their object. */
  let remembered = new Set<string>()

  if (!found) {
    await writeSnapshot(lake, run, place.snapshot.turn, live.snapshot())
    await save()
  }
  clock.set(Math.max(place.hour, place.due_until))
  while (live.at < place.hour) make()

  function save(): Promise<void> {
    return saves.add(async () => {
      const text = JSON.stringify(place)
      if (text === saved) return
      await writePlace(lake, run, text)
      saved = text
    })
  }

  function exclusive<T>(work: () => Promise<T> | T): Promise<T> {
    return turns.add(async () => work())
  }

  function isJumping(): boolean {
    return place.jump !== null && !place.jump.told
  }

  function isSilent(store: number, day: number): boolean {
    const { jump } = place
    if (!jump) return false
    return day > localDayOf(world, store, jump.at) && day < dayOf(jump.date)
  }

  function applyDue() {
    for (; applied < place.commands.length; applied++) {
      const command = place.commands[applied]!
      if (command.at > live.at) return
      if (command.does === 'jump') jump(command)
      else applyTo(live, world, command)
    }
  }

  function jump({ at, date }: { at: number; date: string }) {
    const until = morningOf(world, dayOf(date))
    place = { ...place, due_until: until, jump: { at, date, until, told: false } }
    clock.set(until)
  }

  function make(): LiveHour {
    applyDue()
    const hour = live.hour({ quiet: isSilent })
    options.onHour(hour)
    return hour
  }

  /** Commands are forgotten with the next snapshot; what they ordered is not. */
  async function rememberOrders(): Promise<void> {
    for (const command of place.commands) {
      if (command.does !== 'order' || remembered.has(command.request.purchase_order_id)) continue
      await rememberOrder(lake, run, command.request)
      remembered.add(command.request.purchase_order_id)
    }
  }

  return {
    world,
    run,
    clock,
    live,
    get place() {
      return place
    },
    isNew: found === undefined,
    isJumping,
    async arrive(told) {
      const { jump } = place
      if (!jump || jump.told || live.at <= jump.until) return
      await told()
      place = { ...place, jump: { ...jump, told: true } }
    },
    exclusive,
    nextHour: () => Math.max(live.at, place.commands.at(-1)?.at ?? 0),
    async take(command, told = {}) {
      const before = place
      place = { ...place, ...told, commands: [...place.commands, command] }
      try {
        await save()
      } catch (error) {
        const { commands, happenings_made, orders, external_stores } = before
        place = { ...place, commands, happenings_made, orders, external_stores }
        throw error
      }
      applyDue()
    },
    async orderOf(purchase_order_id) {
      await rememberOrders()
      return rememberedOrder(lake, run, purchase_order_id)
    },
    hour: () => exclusive(make),
    acknowledged({ hour, sent }) {
      place = { ...place, hour, sent }
    },
    async keep(before, signal) {
      const isDay = live.at % DAY_MS === 0 && live.at !== place.snapshot.hour
      if (!isDay || (isJumping() && (live.at / DAY_MS) % DAYS_OF_A_JUMP !== 0)) return
      await before()
      await exclusive(() =>
        insist({ log, signal, what: 'snapshot of the twin' }, async () => {
          await rememberOrders()
          const snapshot = { turn: place.snapshot.turn === 0 ? 1 : 0, hour: live.at } as const
          await writeSnapshot(lake, run, snapshot.turn, live.snapshot())
          const commands = place.commands.slice(applied)
          place = { ...place, snapshot, hour: live.at, sent: 0, commands }
          applied = 0
          remembered = new Set()
          await save()
        }),
      )
    },
    save,
  }
}

function applyTo(live: Live, world: World, command: Exclude<Command, { does: 'jump' }>): void {
  switch (command.does) {
    case 'happen':
      live.inject(toHappening(world, command.request, command.id, command.at))
      return
    case 'end':
      live.end(command.id)
      return
    case 'order': {
      const { purchase_order_id, store_id, lines } = command.request
      live.post({
        purchase_order_id,
        store: storeIndex(world, store_id),
        lines: lines.map(({ sku, quantity }) => ({ product: productIndex(world, sku), quantity })),
      })
      return
    }
    case 'policy': {
      const { store_id, kind } = command.request
      const all = [...world.stores.keys()]
      for (const store of store_id === undefined ? all : [storeIndex(world, store_id)]) {
        live.reorder(store, { ...PLAIN_POLICY, kind })
      }
    }
  }
}
