/**
 * Lands one partition: judges what is fetched, message by message, into the columns of a block, and writes block after
 * block to the lake. The chain in the lake is the truth about progress; a lander can be started anywhere, at any time,
 * beside others on the same partition, and goes on from there.
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { Producer } from 'kafkajs'
import type { Reference } from '../../datasets/reference.ts'
import { type Attempt, ChainError, createAttempt } from '../../load/attempts.ts'
import type { ChainLoading, Loader } from '../../load/loader.ts'
import { acceptedHashes } from '../../load/message-positions.ts'
import { createStep, type IngestMetrics, type Step } from '../../metrics.ts'
import { createGate } from '../gate/create.ts'
import type { Gate } from '../gate/gate-of-topic.ts'
import type { Clocks } from '../gate/lateness.ts'
import type { FetchedPartition } from '../kafka/fetch.ts'
import type { Records } from '../kafka/records.ts'
import type { MessageView } from '../message.ts'
import type { PartitionLinks, PartitionWork } from '../partition.ts'
import { type Block, encodeBlock, putBlock } from './block.ts'
import { type IdBudget, IdMemory } from './ids.ts'
import { type Chunk, Inbox } from './inbox.ts'
import { recoverChain } from './recovery.ts'

/** What all landers of a process share. */
export interface Landing {
  lake: Lake
  warehouse: Warehouse
  producer: Producer
  reference: Reference
  metrics: IngestMetrics
  log: Logger
  ids: IdBudget
  loader: Loader
  /** Called after each step of a block, and while some are under way; fault injection hooks in here. */
  onStep(step: Step): void
}

export interface LanderOptions extends Landing, PartitionLinks {
  /** How long the first message of a block waits at most while nothing else is there to be read, in milliseconds. */
  lingerMs: number
}

/**
 * Rows of a block under load: large enough for the warehouse to load well, and small enough for the columns of six
 * partitions to fit into the memory of a small container. With the lines of the largest basket it stays below 2^17,
 * where the columns would double.
 */
const BLOCK_ROWS = 120_000
/** Bytes of messages of a block: refused ones are kept whole. */
const BLOCK_BYTES = 64 * 1024 * 1024
/** A block of so many rows is not small: once all is read, it waits no longer. */
const PROMPT_ROWS = 20_000
/** While there is more to be read, or the warehouse is behind, a block waits this long to become large. */
const LOADED_LINGER_MS = 5_000
const BEHIND_BLOCKS = 4
/** Of the memory of ids, what the past of one partition may take at start; sales have six. */
const ID_BYTES = 16
const PARTITIONS = 6

export class Lander implements PartitionWork {
  readonly #options: LanderOptions
  readonly #log: Logger
  readonly #stopped = new AbortController()
  readonly #attempt: Attempt
  readonly #step
  readonly #memory: IdMemory
  readonly #loading: ChainLoading
  readonly #inbox = new Inbox()
  readonly #writer = randomUUID()
  readonly #view: MessageView = {
    offset: 0,
    bytes: new Uint8Array(0),
    start: -1,
    end: -1,
    producedAt: 0,
    schema: undefined,
    replayOf: undefined,
  }
  #gate!: Gate
  #clocks: Clocks = new Map()
  /** First offset of the block under way: the end of the chain and of what is on its way there. */
  #begin = 0
  /** First offset that is not judged. */
  #judged = 0
  #blockBytes = 0
  #blockSince = 0
  #putting: Promise<void> = Promise.resolve()
  #draining = false
  #wake: () => void = () => undefined
  #done: Promise<void> = Promise.resolve()

  constructor(options: LanderOptions) {
    const { chain, metrics } = options
    const labels = { topic: chain.topic, partition: String(chain.partition) }
    this.#options = options
    this.#log = options.log.child(labels)
    this.#memory = new IdMemory(options.ids)
    this.#attempt = createAttempt({
      log: this.#log,
      signal: this.#stopped.signal,
      onTrouble: (isTroubled) => metrics.troubled.set(labels, isTroubled ? 1 : 0),
    })
    this.#step = createStep({ ...options, attempt: this.#attempt })
    this.#loading = options.loader.open({ chain, writer: 'self', onLoaded: () => this.#wake() })
  }

  /** Offset from which on more is to be fetched, or undefined while there is enough. */
  get nextOffset(): number | undefined {
    return this.#inbox.isFull || this.#draining ? undefined : this.#inbox.end
  }

  /**
   * Finds the end of the chain, and begins to land and to load.
   * @throws when the chain has a gap
   */
  async start(): Promise<void> {
    const { chain, lake, warehouse, reference, ids } = this.#options
    const memory = this.#memory
    const idLimit = Math.floor(ids.bytes / PARTITIONS / ID_BYTES)
    const state = await this.#attempt('recovery', () => {
      memory.release()
      return recoverChain({ lake, warehouse, chain, memory, idLimit })
    })
    this.#clocks = state.clocks
    this.#gate = createGate({ ...chain, world: reference, memory, clocks: state.clocks })
    this.#begin = state.end
    memory.beginBlock(state.end)
    this.#judged = state.end
    this.#inbox.end = state.end
    if (state.end > 0) {
      this.#log.info({ offset: state.end, unloaded: state.unloaded.length }, 'chain found, reading goes on')
    }
    this.#loading.start(BigInt(state.loaded), state.unloaded)
    this.#done = this.#run()
    this.#done.catch((error) => {
      if (!this.#stopped.signal.aborted) this.#options.onFault(error)
      this.#stopped.abort()
    })
  }

  /** Takes what was fetched from `nextOffset` on. */
  offer(answer: FetchedPartition): void {
    if (!this.#inbox.add(answer)) return
    this.#show()
    this.#wake()
  }

  /**
   * Kafka holds no message at the next offset: what is before `low` is gone.
   * @throws ChainError when Kafka ends before the chain does
   */
  skipTo(low: number, high: number): void {
    const { topic, partition } = this.#options.chain
    const { end } = this.#inbox
    if (high < end) {
      throw new ChainError(
        `Topic ${topic} partition ${partition} ends at offset ${high}, but the lake holds it up to ${end}: Kafka has lost messages that were read. What is produced from now on would take the offsets of others: delete the topic and create it again, then start once with INGEST_NEW_EPOCH=${topic}. Or start with npm start -- --fresh, which forgets everything.`,
      )
    }
    if (low <= end) return
    this.#log.error(
      { from: end, to: low },
      'Kafka no longer holds these offsets: they are recorded as missing. Raise retention.ms of the topic, or keep ingest running.',
    )
    this.#options.metrics.missing.inc({ topic, partition: String(partition) }, low - end)
    this.#inbox.skipTo(low)
  }

  /** Lands and loads what was fetched, and ends. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#wake()
    await this.#done
    await this.#loading.drain()
    this.#loading.close()
    this.#memory.release()
  }

  /** Ends without landing what was fetched: another process reads it from Kafka again. */
  async abandon(): Promise<void> {
    this.#stopped.abort()
    this.#loading.close()
    this.#wake()
    await Promise.allSettled([this.#done])
    this.#inbox.clear()
    this.#show()
    this.#memory.release()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      const chunk = this.#inbox.first
      if (chunk) {
        const end = this.#options.metrics.step.startTimer({ step: 'judge' })
        await this.#judge(chunk)
        end()
        this.#inbox.shift()
        this.#show()
        this.#options.onSpace()
        this.#options.onStep('judge')
        // Sockets and timers have their turn between two answers.
        await nextTurn()
      } else if (this.#gate.tally.messages === 0) {
        if (this.#draining) break
        await this.#woken()
      } else {
        const ripeIn = this.#ripeAt() - performance.now()
        if (ripeIn > 0 && !this.#draining) await this.#woken(ripeIn)
        else await this.#close(this.#judged)
      }
    }
    await this.#putting
  }

  #woken(limitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Small and quick when idle, large under load. */
  #ripeAt(): number {
    const { lingerMs } = this.#options
    const isLoaded = this.#inbox.isBehind || this.#loading.behind >= BEHIND_BLOCKS
    if (isLoaded) return this.#blockSince + Math.max(lingerMs, LOADED_LINGER_MS)
    if (lingerMs === 0 || this.#gate.columns.rows >= PROMPT_ROWS) return this.#blockSince
    // All partitions end their blocks at the same moments, so that they are loaded together.
    return Math.ceil(this.#blockSince / lingerMs) * lingerMs
  }

  async #judge({ records, at }: Chunk): Promise<void> {
    const { reference } = this.#options
    const { signal } = this.#stopped
    const gate = this.#gate
    const view = this.#view
    if (!this.#memory.isComplete) await this.#lookUp(records)
    while (records.next(view)) {
      if (gate.tally.messages === 0) this.#blockSince = performance.now()
      if (gate.judge(view, false) === 'unknown') {
        // What was published before the message was sent is known after a reading that began after it was fetched.
        if (reference.readAt < at) await this.#attempt('reference data', () => reference.refresh())
        gate.judge(view, true)
      }
      this.#judged = view.offset + 1
      this.#blockBytes += view.end - view.start
      if (gate.columns.rows >= BLOCK_ROWS || this.#blockBytes >= BLOCK_BYTES) {
        await this.#close(this.#judged)
        signal.throwIfAborted()
        if (!this.#memory.isComplete) await this.#lookUp(records)
      }
    }
    this.#judged = records.end
  }

  /** Asks the warehouse for ids that are older than what is remembered. */
  async #lookUp(records: Records): Promise<void> {
    const { warehouse, chain } = this.#options
    const hashes: { low: number; high: number }[] = []
    const again = records.again()
    while (again.next(this.#view)) {
      const hash = this.#gate.idHash(this.#view)
      if (hash && !this.#memory.has(hash.low, hash.high)) hashes.push({ low: hash.low, high: hash.high })
    }
    // It refuses to answer while it does not hold all that is no longer remembered: nobody else would know.
    const end = BigInt(this.#memory.from)
    this.#memory.setFound(await this.#attempt('look-up', () => acceptedHashes(warehouse, chain, hashes, end)))
  }

  /** Ends the block under way before `end`, and sends it on its way to the lake once the one before it is there. */
  async #close(end: number): Promise<void> {
    const { chain, topicId, metrics } = this.#options
    const gate = this.#gate
    this.#loading.expect()
    const offsetsMissing = this.#inbox.takeMissing(end)
    const timer = metrics.step.startTimer({ step: 'encode' })
    const range = { chain, topicId, begin: this.#begin, end, offsetsMissing }
    const block = encodeBlock(range, gate, this.#clocks)
    timer()
    const letters = [...gate.letters]
    const outcomes = [...gate.tally.outcomes]
    const { late } = gate.tally
    gate.clear()
    this.#begin = end
    this.#memory.beginBlock(end)
    this.#blockBytes = 0
    this.#options.onStep('encode')
    // One block is on its way while the next one grows, and not more.
    await this.#putting
    this.#putting = this.#put(block).then(({ body: _, ...facts }) => {
      for (const [outcome, lines] of outcomes) metrics.rows.inc({ topic: chain.topic, outcome }, lines)
      metrics.late.inc({ topic: chain.topic }, late)
      metrics.bytes.inc({ topic: chain.topic }, facts.bytes)
      this.#loading.add(facts, letters)
    })
    // Whoever waits for it next hears of it.
    this.#putting.catch(() => undefined)
  }

  async #put(block: Block): Promise<Block> {
    const { lake, onStep, onLost } = this.#options
    const isOurs = await this.#step('put', () => putBlock(lake, block, this.#writer, () => onStep('putting')))
    if (isOurs) return block
    this.#log.info({ block: block.name }, 'another process has written this block: going on from there')
    this.#stopped.abort()
    onLost()
    throw this.#stopped.signal.reason
  }

  #show(): void {
    const { metrics, chain } = this.#options
    metrics.pending.set({ topic: chain.topic, partition: String(chain.partition) }, this.#inbox.bytes)
  }
}
