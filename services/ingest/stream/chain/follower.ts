/**
 * Follows the chain of one partition that another engine lands (STREAM_ENGINE=spark): what comes into the lake is loaded
 * into the warehouse, with its dead-letter copies, its ledger row and the offset in Kafka, as a lander does with its own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAttempt } from '../../load/attempts.ts'
import { nextBlocks } from '../../load/blocks.ts'
import type { ChainLoading } from '../../load/loader.ts'
import { newestLoaded } from '../../load/positions.ts'
import type { PartitionWork } from '../partition.ts'
import type { LanderOptions } from './lander.ts'

/** The lake is looked through twice in the time that a block waits for its messages. */
const LOOKS_A_LINGER = 2
const SHORTEST_LOOK_MS = 200
/** Blocks of one look. */
const LOOK_BLOCKS = 64

export class Follower implements PartitionWork {
  /** Nothing is fetched: the other engine reads Kafka. */
  readonly nextOffset = undefined
  readonly #options: LanderOptions
  readonly #stopped = new AbortController()
  readonly #attempt
  readonly #loading: ChainLoading
  /** End of the chain, as far as it is known. */
  #end = 0n
  #stopping = false
  #done: Promise<void> = Promise.resolve()

  constructor(options: LanderOptions) {
    const { chain, metrics } = options
    const labels = { topic: chain.topic, partition: String(chain.partition) }
    const log = options.log.child(labels)
    this.#options = options
    this.#attempt = createAttempt({
      log,
      signal: this.#stopped.signal,
      onTrouble: (isTroubled) => metrics.troubled.set(labels, isTroubled ? 1 : 0),
    })
    this.#loading = options.loader.open({ chain, writer: 'other', onLoaded: () => undefined })
  }

  async start(): Promise<void> {
    const { chain, warehouse } = this.#options
    const loaded = await this.#attempt('recovery', () => newestLoaded(warehouse, chain))
    this.#end = loaded?.end ?? 0n
    this.#loading.start(this.#end, [])
    this.#done = this.#follow()
    this.#done.catch((error) => {
      if (!this.#stopped.signal.aborted) this.#options.onFault(error)
      this.#stopped.abort()
    })
  }

  offer(): never {
    throw new Error('A follower wants no messages.')
  }

  skipTo(): never {
    throw new Error('A follower wants no messages.')
  }

  async drain(): Promise<void> {
    this.#stopping = true
    await this.#done
    await this.#loading.drain()
    this.#loading.close()
  }

  async abandon(): Promise<void> {
    this.#stopped.abort()
    this.#loading.close()
    await Promise.allSettled([this.#done])
  }

  async #follow(): Promise<void> {
    const { chain, lake, lingerMs } = this.#options
    const { signal } = this.#stopped
    const lookMs = Math.max(SHORTEST_LOOK_MS, lingerMs / LOOKS_A_LINGER)
    while (!signal.aborted && !this.#stopping) {
      const blocks = await this.#attempt('list', () => nextBlocks(lake, chain, this.#end, LOOK_BLOCKS))
      for (const block of blocks) {
        this.#end = block.end
        this.#loading.add(block)
      }
      if (blocks.length < LOOK_BLOCKS) await delay(lookMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
