/**
 * Brings the blocks of one chain into the warehouse, in their order: copies of what was refused, rows, ledger, offset.
 * What waits is only named here and lies in the lake, so a warehouse that is away costs no memory, and the lake goes on;
 * once it is back, what waits is loaded in large ranges.
 */
import type { Chain } from '@shelfcast/contracts/lake'
import type { RefusedRow } from '@shelfcast/contracts/refusals'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { Producer } from 'kafkajs'
import type { Step } from '../metrics.ts'
import type { Attempt } from './attempts.ts'
import type { BlockFacts } from './block-facts.ts'
import { nextBlocks } from './blocks.ts'
import { loadedEnd, plannedEnd, StaleRange } from './chain-progress.ts'
import { sendDeadLetters } from './dead-letters.ts'
import type { LoadingTurns } from './loading-turns.ts'
import { loadRange, recordBlocks } from './ranges.ts'
import { refusedRows } from './refused-rows.ts'
import { whileUnderWay } from './under-way.ts'

export interface LoaderOptions {
  chain: Chain
  lake: Lake
  warehouse: Warehouse
  producer: Producer
  log: Logger
  attempt: Attempt
  loading: LoadingTurns
  signal: AbortSignal
  /** Runs a step: measured, tried again, and known to fault injection. */
  step<T>(step: Step, work: () => Promise<T>): Promise<T>
  /** Called while a step is under way. */
  onStep(step: Step): void
  /** Tells Kafka how far the partition is done: a courtesy to lag tools. */
  commit(offset: bigint): Promise<void>
  /** Called when blocks are loaded. */
  onLoaded(blocks: readonly BlockFacts[]): void
}

interface Waiting {
  block: BlockFacts
  /** Refused rows, where they are still at hand; otherwise they are read from the lake again. */
  letters: readonly RefusedRow[] | undefined
}

// Blocks that are known by name while the warehouse is away. Beyond that the lake is listed again.
const KEPT_BLOCKS = 1_000
// Copies of refused rows that are kept for blocks that wait.
const KEPT_LETTERS = 10_000
// Objects and rows of one insert: each object is opened at once, and more rows cost the warehouse memory and bring nothing.
const RANGE_BLOCKS = 64
const RANGE_ROWS = 600_000
/** From here on a range is worth a place beside another: a block as it comes under load. */
const LARGE_ROWS = 100_000
// When a load is under way for fault injection: past the plan, before its end.
const LOADING_MS = 10

export class Loader {
  readonly #options: LoaderOptions
  #waiting: Waiting[] = []
  #lettersKept = 0
  /** Offset up to which the warehouse has all. */
  #loaded = 0n
  /** Whether the lake holds blocks after those that wait. */
  #hasMore = false
  #isListing = false
  /** Where the next range has to end, when that is decided. */
  #planned: bigint | undefined
  #generation: number
  #draining = false
  #wake: () => void = () => undefined
  #done: Promise<void> = Promise.resolve()

  constructor(options: LoaderOptions) {
    this.#options = options
    this.#generation = options.loading.generation
  }

  /** Blocks that wait, as far as they are known. */
  get behind(): number {
    return this.#waiting.length
  }

  /** Offset up to which the warehouse has all. */
  get loaded(): number {
    return Number(this.#loaded)
  }

  /** @param unloaded blocks of the lake that the ledger does not have */
  start(loaded: number, unloaded: readonly BlockFacts[]): void {
    this.#loaded = BigInt(loaded)
    for (const block of unloaded) this.add(block)
    this.#done = this.#run()
    // Whoever waits for the end hears of it then.
    this.#done.catch(() => undefined)
  }

  /** Resolves when it has ended; rejects with what it could not go on after. */
  get done(): Promise<void> {
    return this.#done
  }

  add(block: BlockFacts, letters?: readonly RefusedRow[]): void {
    if (this.#isListing || this.#hasMore || this.#waiting.length >= KEPT_BLOCKS) this.#hasMore = true
    else {
      const keeps = letters !== undefined && this.#lettersKept + letters.length <= KEPT_LETTERS
      if (keeps) this.#lettersKept += letters.length
      this.#waiting.push({ block, letters: keeps ? letters : undefined })
    }
    this.#wake()
  }

  /** Loads what waits, and ends. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#wake()
    await this.#done
  }

  async #run(): Promise<void> {
    const { signal, loading } = this.#options
    const wake = () => this.#wake()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        if (this.#waiting.length === 0 && this.#hasMore) await this.#list()
        if (this.#waiting.length === 0) {
          if (this.#draining) return
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
          continue
        }
        await loading.enter(() => this.#loadNext(), rowsIn(this.#range()) >= LARGE_ROWS)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  /** Fills the queue from the lake. */
  async #list(): Promise<void> {
    const { attempt, lake, chain } = this.#options
    this.#hasMore = false
    this.#isListing = true
    const blocks = await attempt('list', () => nextBlocks(lake, chain, this.#loaded, KEPT_BLOCKS))
    this.#isListing = false
    // A block that came while the lake was listed may be in the list or not.
    this.#hasMore ||= blocks.length === KEPT_BLOCKS
    this.#waiting = blocks.map((block) => ({ block, letters: undefined }))
  }

  async #loadNext(): Promise<void> {
    const { loading } = this.#options
    try {
      // The warehouse may have been rebuilt while loading was held.
      if (this.#generation !== loading.generation) {
        this.#generation = loading.generation
        await this.#lookAgain()
      } else await this.#loadRange(this.#range())
    } catch (error) {
      if (!(error instanceof StaleRange)) throw error
      // Another process has loaded on, or has planned a range of its own from here.
      this.#options.log.info({ reason: error.message }, 'loading goes on elsewhere')
      await this.#lookAgain()
    }
  }

  /** Asks the ledger and the lake where loading goes on. */
  async #lookAgain(): Promise<void> {
    const { attempt, warehouse, chain } = this.#options
    this.#loaded = await attempt('ledger', () => loadedEnd(warehouse, chain))
    this.#planned = await attempt('plan', () => plannedEnd(warehouse, chain, this.#loaded))
    this.#waiting = []
    this.#lettersKept = 0
    this.#hasMore = true
  }

  async #loadRange(range: readonly Waiting[]): Promise<void> {
    const { warehouse, chain, producer, step, onStep } = this.#options
    const blocks = range.map(({ block }) => block)
    await step('dead-letters', async () => {
      const refused = range.filter(({ block }) => block.rowsRefused > 0)
      for (const { letters } of refused) if (letters) await sendDeadLetters(producer, chain.topic, letters)
      const inLake = refused.filter(({ letters }) => !letters).map(({ block }) => block)
      if (inLake.length > 0) await sendDeadLetters(producer, chain.topic, refusedRows(warehouse, inLake))
    })
    await step('load', () =>
      whileUnderWay(
        LOADING_MS,
        () => onStep('loading'),
        () => loadRange(warehouse, blocks),
      ),
    )
    await step('ledger', () => recordBlocks(warehouse, blocks))
    this.#waiting.splice(0, range.length)
    for (const { letters } of range) this.#lettersKept -= letters?.length ?? 0
    this.#loaded = blocks.at(-1)!.end
    this.#planned = undefined
    this.#options.onLoaded(blocks)
    await this.#options.commit(this.#loaded)
    onStep('commit')
  }

  /** As many blocks as one insert takes, or those that are planned. */
  #range(): Waiting[] {
    const last = this.#waiting.findIndex(({ block }) => block.end === this.#planned)
    if (last >= 0) return this.#waiting.slice(0, last + 1)
    let rows = 0
    const end = this.#waiting.findIndex(({ block }, index) => {
      rows += rowsOf(block)
      return index > 0 && (rows > RANGE_ROWS || index >= RANGE_BLOCKS)
    })
    return this.#waiting.slice(0, end === -1 ? undefined : end)
  }
}

const rowsOf = ({ rowsAccepted, rowsRefused }: BlockFacts) => rowsAccepted + rowsRefused
const rowsIn = (range: readonly Waiting[]) => range.reduce((sum, { block }) => sum + rowsOf(block), 0)
