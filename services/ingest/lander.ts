/**
 * Lands one partition: gathers messages, and turns them block by block into an object of the lake that the warehouse
 * loads. The chain in the lake is the truth about progress; a lander can be started anywhere, at any time, beside
 * others on the same partition, and goes on from there.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { blockName, chainPrefix } from '@shelfcast/contracts/lake'
import type { EventTopic } from '@shelfcast/contracts/topics'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import { type BlockFacts, blockFacts, blockMetadata } from '@shelfcast/warehouse/block-facts'
import { loadedEnd, StaleRange } from '@shelfcast/warehouse/chain-progress'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { loadRange, recordBlocks } from '@shelfcast/warehouse/load'
import { acceptedHashes } from '@shelfcast/warehouse/message-positions'
import type { Producer } from 'kafkajs'
import { encodeBlock, hashOf } from './block.ts'
import { type DeadLetter, refusedIn, refusedOf, sendDeadLetters } from './dead-letter.ts'
import { type Judged, judge } from './gate/gate.ts'
import type { Message } from './gate/message.ts'
import type { IngestMetrics, Step } from './metrics.ts'
import type { Reference } from './reference.ts'

export interface LanderOptions {
  topic: EventTopic
  partition: number
  lake: Lake
  warehouse: Warehouse
  producer: Producer
  reference: Reference
  metrics: IngestMetrics
  log: Logger
  /** How long the first message of a block waits for others, in milliseconds. */
  lingerMs: number
  /** Offsets that Kafka holds: the first, and the one after the last. */
  watermarks(): Promise<{ low: bigint; high: bigint }>
  /** Tells Kafka how far the partition is done: a courtesy to lag tools. */
  commit(offset: bigint): Promise<void>
  /** Called when a full lander has room again. */
  onSpace(): void
  /** Runs the work when it is its turn: judging and encoding take memory and the one thread there is. */
  turns<T>(work: () => Promise<T>): Promise<T>
  /** Called after each step of a block; fault injection hooks in here. */
  onStep(step: Step): void
  /** Called once when the lander cannot go on. */
  onFault(error: unknown): void
}

// Bytes of messages in a block: 22,000 lines of usual baskets, which is large enough for the warehouse to load well,
// and small enough for six partitions to fit into the memory of a small container.
const BLOCK_BYTES = 4 * 1024 * 1024
// A row of a refused line may be two bytes of message, so bytes alone do not bound the rows that one insert takes.
const BLOCK_ROWS = 500_000
const RETRY_FIRST_MS = 100
const RETRY_LIMIT_MS = 5_000

export class Lander {
  readonly #options: LanderOptions
  readonly #log: Logger
  readonly #abandoned = new AbortController()
  #pending: Message[] = []
  #pendingBytes = 0
  #pendingSince = 0
  /** First offset after the last block in the lake. */
  #chainEnd = 0n
  /** First offset after the last block in the warehouse. */
  #loadedEnd = 0n
  /** The block before the one being built: in the lake, and on its way into the warehouse. */
  #finishing: Promise<void> = Promise.resolve()
  /** Accepted messages of that block: the warehouse does not know them yet. */
  #onTheirWay: ReadonlySet<string> = new Set()
  /** First offset that is not yet read. */
  #next = 0n
  /** Offsets past the chain's end that Kafka no longer held, from the first to before the second. */
  #gaps: { from: bigint; to: bigint }[] = []
  #draining = false
  #wake: () => void = () => undefined
  #done: Promise<void> = Promise.resolve()

  constructor(options: LanderOptions) {
    this.#options = options
    this.#log = options.log.child({ topic: options.topic, partition: options.partition })
  }

  /** First offset that the lander wants. */
  get next(): bigint {
    return this.#next
  }

  /** True when no more messages should be given to it for now. */
  get isFull(): boolean {
    return this.#pendingBytes >= 2 * BLOCK_BYTES
  }

  /**
   * Finds the end of the chain, finishes the blocks that are in the lake and not in the ledger, and begins to land.
   * @throws when the chain has a gap, or when the topic is younger than the chain
   */
  async start(): Promise<void> {
    const { topic, partition, lake, warehouse } = this.#options
    await this.#retry('recovery', async () => {
      this.#loadedEnd = await loadedEnd(warehouse, { topic, epoch: 0, partition })
      this.#chainEnd = this.#loadedEnd
      const after =
        this.#chainEnd > 0n ? blockName({ topic, epoch: 0, partition }, this.#chainEnd - 1n) : undefined
      for await (const object of lake.list('raw', chainPrefix({ topic, epoch: 0, partition }), after)) {
        await this.#adopt(object.name, object.size)
      }
    })
    const { low, high } = await this.#retry('watermarks', () => this.#options.watermarks())
    if (high < this.#chainEnd) {
      throw new ChainError(
        `Topic ${topic} partition ${partition} ends at offset ${high}, but the lake holds it up to ${this.#chainEnd}: the topic is younger than the lake. Start with npm start -- --fresh, or give the topic's chain in the raw bucket another place.`,
      )
    }
    this.#next = this.#chainEnd
    if (low > this.#next) this.#skipTo(low)
    if (this.#chainEnd > 0n) this.#log.info({ offset: String(this.#next) }, 'chain found, reading goes on')
    this.#done = this.#run().catch((error) => this.#options.onFault(error))
  }

  /** Takes messages in the order of their offsets; those that it has already are passed over. */
  async accept(messages: readonly Message[]): Promise<void> {
    const first = messages.find((message) => message.offset >= this.#next)
    if (!first) return
    if (first.offset > this.#next) {
      // Transaction markers and compaction leave holes as well; only what Kafka no longer holds is missing.
      const { low } = await this.#retry('watermarks', () => this.#options.watermarks())
      if (low > this.#next) this.#skipTo(low)
    }
    const fresh = messages.filter((message) => message.offset >= this.#next)
    if (fresh.length === 0) return
    if (this.#pending.length === 0) this.#pendingSince = performance.now()
    for (const message of fresh) this.#pendingBytes += bytesOf(message)
    this.#pending.push(...fresh)
    this.#next = fresh.at(-1)!.offset + 1n
    this.#showPending()
    this.#wake()
  }

  /** Lands what is pending and ends. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#wake()
    await this.#done
  }

  /** Ends without landing what is pending: another process reads it from Kafka again. */
  async abandon(): Promise<void> {
    this.#abandoned.abort()
    this.#pending = []
    this.#pendingBytes = 0
    this.#showPending()
    this.#wake()
    await this.#done
  }

  #skipTo(low: bigint): void {
    this.#gaps.push({ from: this.#next, to: low })
    this.#log.error(
      { from: String(this.#next), to: String(low) },
      'Kafka no longer holds these offsets: they are recorded as missing. Raise retention.ms of the topic, or keep ingest running.',
    )
    this.#next = low
  }

  async #run(): Promise<void> {
    while (!this.#abandoned.signal.aborted) {
      if (this.#pending.length === 0) {
        if (this.#draining) break
        await this.#woken()
        continue
      }
      const ripeIn = this.#pendingSince + this.#options.lingerMs - performance.now()
      if (this.#pendingBytes < BLOCK_BYTES && ripeIn > 0 && !this.#draining) {
        await this.#woken(ripeIn)
        continue
      }
      await this.#land(this.#take()).catch((error) => {
        if (!this.#abandoned.signal.aborted) throw error
      })
    }
    await this.#finishing
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

  #take(): Message[] {
    let count = 0
    let bytes = 0
    while (count < this.#pending.length && bytes < BLOCK_BYTES) bytes += bytesOf(this.#pending[count++]!)
    const wasFull = this.isFull
    const taken = this.#pending.splice(0, count)
    this.#pendingBytes -= bytes
    this.#pendingSince = performance.now()
    this.#showPending()
    if (wasFull && !this.isFull) this.#options.onSpace()
    return taken
  }

  #putBack(messages: readonly Message[]): void {
    this.#pending = [...messages, ...this.#pending]
    for (const message of messages) this.#pendingBytes += bytesOf(message)
    this.#showPending()
  }

  /** One block is built while the one before it is loaded; they are finished in their order. */
  async #land(messages: Message[]): Promise<void> {
    const { lake, metrics, topic } = this.#options
    const { block, landed, letters, outcomes, accepted } = await this.#options.turns(() =>
      this.#build(messages),
    )
    this.#putBack(messages.slice(landed))
    const isOurs = await this.#step('put', () =>
      lake.create('raw', block.name, block.body, blockMetadata(block)),
    )
    await this.#finishing
    this.#abandoned.signal.throwIfAborted()
    if (!isOurs) {
      // Another process was first, or this one was and never heard the answer: what the lake holds is what counts.
      await this.#adopt(block.name)
      this.#putBack(messages.slice(0, landed))
      this.#dropBefore(this.#chainEnd)
      return
    }
    metrics.bytes.inc({ topic }, block.bytes)
    this.#chainEnd = block.end
    this.#gaps = this.#gaps.filter(({ from }) => from >= block.end)
    this.#onTheirWay = accepted
    this.#finishing = this.#finish(block, letters, 'self').then(
      () => {
        for (const [outcome, lines] of outcomes) metrics.rows.inc({ topic, outcome }, lines)
      },
      (error) => {
        if (!this.#abandoned.signal.aborted) this.#options.onFault(error)
        this.#abandoned.abort()
      },
    )
  }

  /** Judges as many of the messages as one block takes, and encodes them. */
  async #build(messages: Message[]) {
    const { topic, partition } = this.#options
    const judged = fittingOf(await this.#step('judge', () => this.#judge(messages)))
    const end = messages[judged.length]?.offset ?? messages.at(-1)!.offset + 1n
    const offsetsMissing = this.#gaps.reduce((sum, { from, to }) => (from < end ? sum + to - from : sum), 0n)
    const range = { topic, partition, begin: this.#chainEnd, end, offsetsMissing }
    const block = await this.#step('encode', async () => encodeBlock(range, judged))
    const outcomes = new Map<string, number>()
    const accepted = new Set<string>()
    for (const { rows, spelled } of judged) {
      for (const row of rows) {
        const outcome = row.reason ?? 'accepted'
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + row.line_count)
      }
      if (spelled !== undefined) accepted.add(spelled)
    }
    return { block, landed: judged.length, letters: refusedOf(partition, judged), outcomes, accepted }
  }

  /** Another process has landed what lies before this offset. */
  #dropBefore(offset: bigint): void {
    this.#pending = this.#pending.filter((message) => message.offset >= offset)
    this.#pendingBytes = this.#pending.reduce((sum, message) => sum + bytesOf(message), 0)
    if (this.#next < offset) this.#next = offset
    this.#gaps = this.#gaps.filter(({ from }) => from >= offset)
    this.#showPending()
    // It may have been full and be so no longer, which #take would not see.
    if (!this.isFull) this.#options.onSpace()
  }

  /** Finishes a block that is in the lake already. */
  async #adopt(name: string, size?: number): Promise<void> {
    const { topic, partition, lake } = this.#options
    const body = await this.#retry('read', () => lake.read('raw', name))
    const metadata = await this.#retry('metadata', () => lake.metadata('raw', name))
    const facts = blockFacts({ topic, epoch: 0, partition }, name, size ?? body.byteLength, metadata ?? {})
    if (facts.begin !== this.#chainEnd) {
      throw new ChainError(
        `The chain of ${topic} partition ${partition} has a gap: block "raw/${name}" begins at ${facts.begin}, the one before it ends at ${this.#chainEnd}. Restore the missing object.`,
      )
    }
    await this.#finish(facts, facts.rowsRefused > 0 ? refusedIn(body) : [], 'other')
    this.#chainEnd = facts.end
    this.#onTheirWay = new Set()
  }

  /** All that follows the object: copies of the refused, the load, the ledger, the offset. */
  async #finish(block: BlockFacts, letters: DeadLetter[], writer: 'self' | 'other'): Promise<void> {
    const { topic, warehouse, producer, metrics } = this.#options
    await this.#step('dead-letters', () => sendDeadLetters(producer, topic, letters))
    await this.#step('load', () => loadedByOther(() => loadRange(warehouse, [block])))
    await this.#step('ledger', () => loadedByOther(() => recordBlocks(warehouse, [block])))
    this.#loadedEnd = block.end
    metrics.blocks.inc({ topic, writer })
    await this.#options.commit(block.end)
    this.#options.onStep('commit')
  }

  #judge(messages: Message[]): Promise<Judged[]> {
    const { topic, partition, warehouse, reference } = this.#options
    return judge(topic, messages, {
      world: reference,
      refreshWorld: () => reference.refresh(),
      accepted: async (keys) => {
        // Taken before the question: a block that is loaded while it is answered must not fall between the two.
        const accepted = new Set(this.#onTheirWay)
        const before = this.#loadedEnd
        const asked = keys.map((key) => ({ ...hashOf(key), key }))
        const chain = { topic, epoch: 0, partition }
        const found = await acceptedHashes(warehouse, chain, asked, before)
        for (const { key } of found) accepted.add(key)
        return accepted
      },
    })
  }

  async #step<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const end = this.#options.metrics.step.startTimer({ step })
    const result = await this.#retry(step, work)
    end()
    this.#options.onStep(step)
    return result
  }

  /** Tries until it works or the lander is abandoned: every step may be repeated. */
  async #retry<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { metrics, topic, partition } = this.#options
    const labels = { topic, partition: String(partition) }
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_LIMIT_MS)) {
      this.#abandoned.signal.throwIfAborted()
      try {
        const result = await work()
        metrics.troubled.set(labels, 0)
        return result
      } catch (error) {
        if (error instanceof ChainError) throw error
        metrics.troubled.set(labels, 1)
        this.#log.warn({ err: error, step: what, retry_in_ms: wait }, 'step failed, trying again')
        await delay(wait, undefined, { signal: this.#abandoned.signal })
      }
    }
  }

  #showPending(): void {
    const { metrics, topic, partition } = this.#options
    metrics.pending.set({ topic, partition: String(partition) }, this.#pendingBytes)
  }
}

/** The chain in the lake is not what a chain must be: a person has to look. */
export class ChainError extends Error {
  override name = 'ChainError'
}

/** Another process that loads the chain too may have loaded the range already. */
async function loadedByOther(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error) => {
    if (!(error instanceof StaleRange)) throw error
  })
}

function bytesOf(message: Message): number {
  // Keys, headers and the object itself count too, so that a flood of empty messages is bounded.
  return (message.value?.byteLength ?? 0) + 100
}

/** As many of the messages as one insert of the warehouse takes. At least one. */
function fittingOf(judged: Judged[]): Judged[] {
  let rows = 0
  const end = judged.findIndex((message, index) => {
    rows += message.rows.length
    return index > 0 && rows > BLOCK_ROWS
  })
  return end === -1 ? judged : judged.slice(0, end)
}
