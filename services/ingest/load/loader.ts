/**
 * Brings blocks into the warehouse: what is ready of all chains of this process goes in one load, with copies of what was
 * refused, rows, ledger and offsets. What waits lies in the lake, so a warehouse that is away costs no memory, and the
 * lake goes on; once it is back, what waits is loaded in large loads, two at once.
 */
import { type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import type { RefusedRow } from '@shelfcast/contracts/refusals'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { Producer } from 'kafkajs'
import { createStep, type IngestMetrics, type Step } from '../metrics.ts'
import { createAttempt } from './attempts.ts'
import type { BlockFacts } from './block-facts.ts'
import { blocksOf } from './blocks.ts'
import { ChainQueue, rowsOf, type Waiting } from './chain-queue.ts'
import { sendDeadLetters } from './dead-letters.ts'
import type { LoadingTurns } from './loading-turns.ts'
import { type Load, LoadLog, StaleLoad } from './log.ts'
import { refusedRows } from './refused-rows.ts'
import { loadRows, rangesOf, recordLoad } from './rows.ts'
import { whileUnderWay } from './under-way.ts'

export interface LoaderOptions {
  lake: Lake
  warehouse: Warehouse
  producer: Producer
  metrics: IngestMetrics
  log: Logger
  loading: LoadingTurns
  /** How long blocks wait for others that are under way, in milliseconds; a small load begins twice that after the last. */
  gatherMs: number
  /** Tells Kafka how far partitions are done: a courtesy to lag tools. */
  commit(progress: readonly { chain: Chain; offset: bigint }[]): Promise<void>
  /** Called after each step of a load, and while some are under way; fault injection hooks in here. */
  onStep(step: Step): void
  /** Called once when loading cannot go on. */
  onFault(error: unknown): void
}

/** What the loader tells of one chain. */
export interface ChainLinks {
  chain: Chain
  /** Who wrote its blocks, for what is counted. */
  writer: 'self' | 'other'
  /** Called when blocks are loaded. */
  onLoaded(): void
}

/** Loading of one chain, for whoever lands it. */
export interface ChainLoading {
  /** Blocks that wait, as far as they are known. */
  readonly behind: number
  /** @param unloaded blocks of the lake that the ledger did not have when it was asked */
  start(loaded: bigint, unloaded: readonly BlockFacts[]): void
  /** A block is on its way to the lake: others wait a moment for it. */
  expect(): void
  add(block: BlockFacts, letters?: readonly RefusedRow[]): void
  /** Resolves when all that waits is loaded. */
  drain(): Promise<void>
  /** Its blocks are loaded by somebody else from now on. */
  close(): void
}

/** Objects of one load: each is opened at once. */
const LOAD_BLOCKS = 64
/** Rows of one load: more cost the warehouse memory and bring nothing. */
const LOAD_ROWS = 600_000
/** From here on a load is worth a place beside another: a block as it comes under load. */
const LARGE_ROWS = 100_000
/** One insert keeps one processor busy; two of them, and the landers beside, are what a small machine has room for. */
export const LOADS_AT_ONCE = 2
// When a load is under way for fault injection: past its plan, before its end.
const LOADING_MS = 10

interface Open {
  queue: ChainQueue
  links: ChainLinks
  /** Whether the log and the ledger have to be asked where it goes on. */
  isStale: boolean
  isDraining: boolean
}

export class Loader {
  readonly #options: LoaderOptions
  readonly #log: LoadLog
  readonly #stopped = new AbortController()
  readonly #attempt
  readonly #step
  readonly #chains = new Map<string, Open>()
  #underWay = 0
  #isLooking = false
  #generation: number
  /** When the last small load began, by performance.now(). */
  #begun = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  constructor(options: LoaderOptions) {
    this.#options = options
    this.#generation = options.loading.generation
    this.#attempt = createAttempt({
      log: options.log,
      signal: this.#stopped.signal,
      onTrouble: (isTroubled) => options.metrics.loadingTroubled.set(isTroubled ? 1 : 0),
    })
    this.#step = createStep({ ...options, attempt: this.#attempt })
    this.#log = new LoadLog(options.warehouse, this.#attempt)
  }

  open(links: ChainLinks): ChainLoading {
    const prefix = chainPrefix(links.chain)
    const open: Open = { queue: new ChainQueue(links.chain), links, isStale: true, isDraining: false }
    const { queue } = open
    return {
      get behind() {
        return queue.length
      },
      start: (loaded, unloaded) => {
        queue.loaded = loaded
        for (const block of unloaded) queue.add(block)
        this.#chains.set(prefix, open)
        this.#pump()
      },
      expect: () => {
        queue.coming++
      },
      add: (block, letters) => {
        queue.coming = Math.max(0, queue.coming - 1)
        queue.add(block, letters)
        this.#pump()
      },
      drain: async () => {
        open.isDraining = true
        this.#pump()
        while (this.#chains.get(prefix) === open && !queue.isEmpty && !this.#stopped.signal.aborted)
          await new Promise<void>((resolve) => this.#idle.push(resolve))
      },
      close: () => {
        if (this.#chains.get(prefix) === open) this.#chains.delete(prefix)
        this.#pump()
      },
    }
  }

  /** Ends; what is under way is left to whoever goes on. */
  stop(): void {
    this.#stopped.abort()
    clearTimeout(this.#timer)
    this.#wakeIdle()
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Begins what can begin now. */
  #pump(): void {
    this.#wakeIdle()
    clearTimeout(this.#timer)
    if (this.#stopped.signal.aborted || this.#isLooking) return
    if (this.#generation !== this.#options.loading.generation) {
      // The warehouse may have been rebuilt while loading was held.
      this.#generation = this.#options.loading.generation
      for (const open of this.#chains.values()) open.isStale = true
    }
    const chains = [...this.#chains.values()]
    if (chains.some(({ isStale }) => isStale)) {
      if (this.#underWay === 0) void this.#look()
      return
    }
    const free = chains.filter(({ queue }) => !queue.isUnderWay && (queue.length > 0 || queue.isToBeListed))
    if (free.length === 0) return
    const isLarge =
      free.some(({ queue }) => queue.isToBeListed) ||
      free.reduce((sum, { queue }) => sum + queue.rows, 0) >= LARGE_ROWS
    if (this.#underWay >= (isLarge ? LOADS_AT_ONCE : 1)) return
    const waitMs = isLarge || chains.some(({ isDraining }) => isDraining) ? 0 : this.#waitMs(chains)
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#pump(), waitMs)
      return
    }
    void this.#turn(isLarge)
  }

  /** How long a small load waits still: for blocks that are on their way, and for its time after the one before. */
  #waitMs(chains: readonly Open[]): number {
    const { gatherMs } = this.#options
    const now = performance.now()
    const oldest = Math.min(...chains.map(({ queue }) => queue.since))
    const isComing = chains.some(({ queue }) => queue.coming > 0 && !queue.isUnderWay)
    return Math.max(this.#begun + 2 * gatherMs - now, isComing ? oldest + gatherMs - now : 0)
  }

  async #turn(isLarge: boolean): Promise<void> {
    this.#underWay++
    try {
      await this.#options.loading.enter(() => this.#loadNext(isLarge), isLarge)
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#underWay--
      this.#pump()
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped.signal.aborted) return
    if (error instanceof StaleLoad) {
      this.#options.log.info({ reason: error.message }, 'loading goes on elsewhere')
      for (const open of this.#chains.values()) open.isStale = true
      return
    }
    this.stop()
    this.#options.onFault(error)
  }

  async #loadNext(isLarge: boolean): Promise<void> {
    const { lake, loading } = this.#options
    if (this.#generation !== loading.generation) return
    if (!isLarge) this.#begun = performance.now()
    for (const { queue, isStale } of [...this.#chains.values()]) {
      // A second load may list meanwhile, and have a chain under way that was to be listed.
      if (isStale || queue.isUnderWay || !queue.isToBeListed) continue
      queue.isUnderWay = true
      try {
        await this.#attempt('list', () => queue.list(lake))
      } finally {
        queue.isUnderWay = false
      }
    }
    const parts = this.#choose()
    if (parts.length === 0) return
    for (const { open } of parts) open.queue.isUnderWay = true
    // Of what was held back by those that are under way now, there may be enough for a second load.
    this.#pump()
    try {
      const waiting = parts.flatMap(({ waiting }) => waiting)
      const ranges = rangesOf(waiting.map(({ block }) => block))
      await this.#load(await this.#log.plan(ranges), waiting)
    } finally {
      for (const { open } of parts) open.queue.isUnderWay = false
    }
    for (const { open, waiting } of parts) open.queue.shift(waiting.length)
    await this.#tell(parts)
  }

  /** Whoever waits longest comes first; what fits beside it goes along. */
  #choose(): { open: Open; waiting: Waiting[] }[] {
    const free = [...this.#chains.values()].filter(
      ({ queue, isStale }) => !isStale && !queue.isUnderWay && queue.length > 0,
    )
    free.sort((a, b) => a.queue.since - b.queue.since)
    const parts: { open: Open; waiting: Waiting[] }[] = []
    let rows = 0
    let blocks = 0
    for (const open of free) {
      const waiting = open.queue.first(LOAD_ROWS - rows, LOAD_BLOCKS - blocks, parts.length === 0)
      if (waiting.length === 0) continue
      rows += waiting.reduce((sum, { block }) => sum + rowsOf(block), 0)
      blocks += waiting.length
      parts.push({ open, waiting })
    }
    return parts
  }

  async #load(load: Load, waiting: readonly Omit<Waiting, 'since'>[]): Promise<void> {
    const { warehouse, onStep } = this.#options
    const blocks = waiting.map(({ block }) => block)
    await this.#step('dead-letters', () => this.#sendLetters(waiting))
    await this.#step('load', () =>
      whileUnderWay(
        LOADING_MS,
        () => onStep('loading'),
        () => loadRows(warehouse, load, blocks),
      ),
    )
    await this.#step('ledger', () => recordLoad(warehouse, load, blocks))
  }

  async #sendLetters(waiting: readonly Omit<Waiting, 'since'>[]): Promise<void> {
    const { warehouse, producer } = this.#options
    const refused = waiting.filter(({ block }) => block.rowsRefused > 0)
    for (const { block, letters } of refused)
      if (letters) await sendDeadLetters(producer, block.topic, letters)
    const inLake = refused.filter(({ letters }) => !letters).map(({ block }) => block)
    for (const topic of new Set(inLake.map(({ topic }) => topic))) {
      const ofTopic = inLake.filter((block) => block.topic === topic)
      await sendDeadLetters(producer, topic, refusedRows(warehouse, ofTopic))
    }
  }

  async #tell(parts: readonly { open: Open; waiting: Waiting[] }[]): Promise<void> {
    const { metrics, commit, onStep } = this.#options
    for (const { open, waiting } of parts) {
      const { topic } = open.queue.chain
      metrics.blocks.inc({ topic, writer: open.links.writer }, waiting.length)
      open.links.onLoaded()
    }
    const current = parts.filter(({ open }) => this.#chains.get(chainPrefix(open.queue.chain)) === open)
    await commit(current.map(({ open: { queue } }) => ({ chain: queue.chain, offset: queue.loaded })))
    onStep('commit')
  }

  /** Asks the log and the ledger where loading goes on, and finishes what others have begun of these chains. */
  async #look(): Promise<void> {
    this.#isLooking = true
    try {
      await this.#options.loading.enter(() => this.#lookAgain(), true)
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isLooking = false
      this.#pump()
    }
  }

  async #lookAgain(): Promise<void> {
    const { lake } = this.#options
    const stale = [...this.#chains.values()]
    this.#generation = this.#options.loading.generation
    const chains = stale.map(({ queue }) => queue.chain)
    const { unfinished, ends } = await this.#attempt('ledger', () => this.#log.look(chains))
    for (const load of unfinished) {
      this.#options.log.info({ load: load.number, chains: load.ranges.length }, 'an earlier load is finished')
      const blocks = await this.#attempt('list', () => blocksOf(lake, load.ranges))
      await this.#load(
        load,
        blocks.map((block) => ({ block, letters: undefined })),
      )
    }
    // Only when nothing is unfinished does the ledger say where to go on.
    if (unfinished.length > 0) return
    for (const open of stale) {
      open.queue.moveTo(ends.get(chainPrefix(open.queue.chain)) ?? 0n)
      open.isStale = false
    }
  }
}
