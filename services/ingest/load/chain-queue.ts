/** Blocks of one chain that wait for the warehouse. They are only named here and lie in the lake. */
import type { Chain } from '@shelfcast/contracts/lake'
import type { RefusedRow } from '@shelfcast/contracts/refusals'
import type { Lake } from '@shelfcast/runtime/lake'
import type { BlockFacts } from './block-facts.ts'
import { nextBlocks } from './blocks.ts'

export interface Waiting {
  block: BlockFacts
  /** Refused rows, where they are still at hand; otherwise they are read from the lake again. */
  letters: readonly RefusedRow[] | undefined
  /** When it came, by performance.now(). */
  since: number
}

// Blocks that are known by name while the warehouse is away. Beyond that the lake is listed again.
const KEPT_BLOCKS = 1_000
// Copies of refused rows that are kept for blocks that wait.
const KEPT_LETTERS = 10_000

export class ChainQueue {
  readonly chain: Chain
  /** Offset up to which the warehouse has all. */
  loaded = 0n
  /** Blocks that are on their way to the lake. */
  coming = 0
  /** Whether a load of it is under way. */
  isUnderWay = false
  #waiting: Waiting[] = []
  #lettersKept = 0
  #hasMore = false
  #isListing = false

  constructor(chain: Chain) {
    this.chain = chain
  }

  /** Blocks that wait, as far as they are known. */
  get length(): number {
    return this.#waiting.length
  }

  /** Whether all that waits is in the lake and not known by name. */
  get isToBeListed(): boolean {
    return this.#waiting.length === 0 && this.#hasMore
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#hasMore && !this.#isListing && !this.isUnderWay
  }

  get rows(): number {
    return this.#waiting.reduce((sum, { block }) => sum + rowsOf(block), 0)
  }

  get since(): number {
    return this.#waiting[0]?.since ?? Number.POSITIVE_INFINITY
  }

  add(block: BlockFacts, letters?: readonly RefusedRow[]): void {
    if (this.#isListing || this.#hasMore || this.#waiting.length >= KEPT_BLOCKS) this.#hasMore = true
    else {
      const keeps = letters !== undefined && this.#lettersKept + letters.length <= KEPT_LETTERS
      if (keeps) this.#lettersKept += letters.length
      this.#waiting.push({ block, letters: keeps ? letters : undefined, since: performance.now() })
    }
  }

  /** Names from the lake what waits. @throws ChainError when the chain has a gap */
  async list(lake: Lake): Promise<void> {
    this.#hasMore = false
    this.#isListing = true
    try {
      const blocks = await nextBlocks(lake, this.chain, this.loaded, KEPT_BLOCKS)
      // A block that came while the lake was listed may be in the list or not.
      this.#hasMore ||= blocks.length === KEPT_BLOCKS
      this.#waiting = blocks.map((block) => ({ block, letters: undefined, since: performance.now() }))
    } catch (error) {
      this.#hasMore = true
      throw error
    } finally {
      this.#isListing = false
    }
  }

  /** The first blocks, as many as fit; the very first in any case where nothing else is in the load. */
  first(rowsLimit: number, blocksLimit: number, isAlone: boolean): Waiting[] {
    let rows = 0
    const end = this.#waiting.findIndex(({ block }, index) => {
      rows += rowsOf(block)
      return (index > 0 || !isAlone) && (rows > rowsLimit || index >= blocksLimit)
    })
    return this.#waiting.slice(0, end === -1 ? undefined : end)
  }

  /** The first blocks are loaded. */
  shift(count: number): void {
    const blocks = this.#waiting.splice(0, count)
    for (const { letters } of blocks) this.#lettersKept -= letters?.length ?? 0
    this.loaded = blocks.at(-1)?.block.end ?? this.loaded
  }

  /** The ledger says where loading goes on. */
  moveTo(loaded: bigint): void {
    if (loaded === this.loaded) return
    this.loaded = loaded
    this.#waiting = []
    this.#lettersKept = 0
    this.#hasMore = true
  }
}

export const rowsOf = ({ rowsAccepted, rowsRefused }: BlockFacts) => rowsAccepted + rowsRefused
