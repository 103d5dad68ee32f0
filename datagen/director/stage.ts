/**
 * A run on its stage: the live stream, what the director lets happen in it, and the place from which a restart goes
 * on. A command is in the lake before it holds, and holds from the next hour that is made; so whatever a message
 * follows from is known after a kill, and the hours made again have the same bytes.
 */

import { DAY_MS, dayOf, utcDay } from '@shelfcast/contracts/dates'
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

/** How a live stream begins, and goes on from a snapshot. */
export interface LiveMaker {
  begin(onDay: (day: StoreDay) => void): Live
  open(snapshot: Uint8Array, onDay: (day: StoreDay) => void): Live
}

export interface StageOptions {
  lake: Lake
  log: Logger
  world: World
  run: Run
  clock: StoreClock
  /** A store day has ended; with `silence` when none of its messages was made. */
  onDay(day: StoreDay, silence?: Silence): void
  /** An hour was made, or made again after a restart. */
  onHour(hour: LiveHour): void
}

/** Puts the run where it stood, or at its beginning. */
export async function openStage(options: StageOptions & { live: LiveMaker }): Promise<Stage> {
  const { lake, world, run } = options
  const place = await readPlace(lake, run)
  // Days end once the stage is there.
  let stage: Stage | undefined
  const onDay = (day: StoreDay) => stage?.dayEnded(day)
  const live = place
    ? options.live.open(await readSnapshot(lake, run, place), onDay)
    : options.live.begin(onDay)
  const morning = () => firstPlace(live.at, morningOf(world, latestDay(world, live.at)))
  stage = new Stage(options, live, place ?? morning(), place === undefined)
  await stage.begin()
  return stage
}

export class Stage {
  readonly world: World
  readonly run: Run
  readonly clock: StoreClock
  readonly live: Live
  /** Whether this is the first start of the run. */
  readonly isNew: boolean
  readonly #options: StageOptions
  readonly #turns = new PQueue({ concurrency: 1 })
  readonly #saves = new PQueue({ concurrency: 1 })
  #place: Place
  /** The place as it is in the lake. */
  #text: string | undefined
  /** How many commands of the place hold already. */
  #commands = 0
  /** Of the orders among them, those that have their object. */
  #orders = new Set<string>()

  constructor(options: StageOptions, live: Live, place: Place, isNew: boolean) {
    this.world = options.world
    this.run = options.run
    this.clock = options.clock
    this.live = live
    this.isNew = isNew
    this.#options = options
    this.#place = place
  }

  get place(): Readonly<Place> {
    return this.#place
  }

  /** Makes the hours again that Kafka has; of a new run, it writes where it begins. */
  async begin(): Promise<void> {
    const { snapshot, hour, due_until } = this.#place
    if (this.isNew) {
      await writeSnapshot(this.#options.lake, this.run, snapshot.turn, this.live.snapshot())
      await this.save()
    }
    this.clock.set(Math.max(hour, due_until))
    while (this.live.at < hour) this.#make()
  }

  dayEnded(day: StoreDay): void {
    const { jump, snapshot } = this.#place
    const isSilent = jump !== null && this.#isSilent(day.store, day.day)
    this.#options.onDay(day, isSilent ? { jump: jump.at, snapshot: snapshot.hour } : undefined)
  }

  /** Whether a jump is under way. */
  isJumping(): boolean {
    const { jump } = this.#place
    return jump !== null && !jump.told
  }

  /** Ends a jump that has arrived, when `tell` has told all of its days to the history. */
  async arrive(tell: () => Promise<void>): Promise<void> {
    const { jump } = this.#place
    if (!jump || jump.told || this.live.at <= jump.until) return
    await tell()
    this.#place = { ...this.#place, jump: { ...jump, told: true } }
  }

  /** One at a time: hours are made and commands are taken in turns. */
  exclusive<T>(work: () => Promise<T> | T): Promise<T> {
    return this.#turns.add(async () => work())
  }

  /** The hour from which a command of now holds. */
  nextHour(): number {
    return Math.max(this.live.at, this.#place.commands.at(-1)?.at ?? 0)
  }

  /** Takes a command, inside of `exclusive`. @param changes what else the place keeps of it */
  async take(command: Command, changes: Partial<Place> = {}): Promise<void> {
    const { commands, happenings_made, orders, external_stores } = this.#place
    this.#place = { ...this.#place, ...changes, commands: [...commands, command] }
    try {
      await this.save()
    } catch (error) {
      this.#place = { ...this.#place, commands, happenings_made, orders, external_stores }
      throw error
    }
    this.#applyDue()
  }

  /** The order of this id that was taken before. */
  async orderOf(purchase_order_id: string): Promise<OrderRequest | undefined> {
    await this.#rememberOrders()
    return rememberedOrder(this.#options.lake, this.run, purchase_order_id)
  }

  /** Makes the next hour, with the commands that hold by then. */
  hour(): Promise<LiveHour> {
    return this.exclusive(() => this.#make())
  }

  acknowledged({ hour, sent }: Position): void {
    this.#place = { ...this.#place, hour, sent }
  }

  /**
   * Takes a snapshot when a day (UTC) has ended; on a jump, when four weeks have.
   * @param settle resolves when what came before is in Kafka and lake
   */
  async keep(settle: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { at } = this.live
    if (at % DAY_MS !== 0 || at === this.#place.snapshot.hour) return
    if (this.isJumping() && utcDay(at) % DAYS_OF_A_JUMP !== 0) return
    await settle()
    const { log } = this.#options
    await this.exclusive(() =>
      insist({ log, signal, what: 'snapshot of the twin' }, () => this.#takeSnapshot()),
    )
  }

  /** Writes the place where it has changed. */
  save(): Promise<void> {
    return this.#saves.add(async () => {
      const text = JSON.stringify(this.#place)
      if (text === this.#text) return
      await writePlace(this.#options.lake, this.run, text)
      this.#text = text
    })
  }

  async #takeSnapshot(): Promise<void> {
    await this.#rememberOrders()
    const { at } = this.live
    const snapshot = { turn: this.#place.snapshot.turn === 0 ? 1 : 0, hour: at } as const
    await writeSnapshot(this.#options.lake, this.run, snapshot.turn, this.live.snapshot())
    const commands = this.#place.commands.slice(this.#commands)
    this.#place = { ...this.#place, snapshot, hour: at, sent: 0, commands }
    this.#commands = 0
    this.#orders = new Set()
    await this.save()
  }

  #isSilent(store: number, day: number): boolean {
    const { jump } = this.#place
    if (!jump) return false
    return day > localDayOf(this.world, store, jump.at) && day < dayOf(jump.date)
  }

  #applyDue(): void {
    for (; this.#commands < this.#place.commands.length; this.#commands++) {
      const command = this.#place.commands[this.#commands]!
      if (command.at > this.live.at) return
      if (command.does === 'jump') this.#jump(command)
      else applyTo(this.live, this.world, command)
    }
  }

  #jump({ at, date }: { at: number; date: string }): void {
    const until = morningOf(this.world, dayOf(date))
    this.#place = { ...this.#place, due_until: until, jump: { at, date, until, told: false } }
    this.clock.set(until)
  }

  #make(): LiveHour {
    this.#applyDue()
    const hour = this.live.hour({ quiet: (store, day) => this.#isSilent(store, day) })
    this.#options.onHour(hour)
    return hour
  }

  /** Commands are forgotten with the next snapshot; what they ordered is not. */
  async #rememberOrders(): Promise<void> {
    for (const command of this.#place.commands) {
      if (command.does !== 'order' || this.#orders.has(command.request.purchase_order_id)) continue
      await rememberOrder(this.#options.lake, this.run, command.request)
      this.#orders.add(command.request.purchase_order_id)
    }
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
