/** Memory of accepted messages: 64-bit hashes of their ids, of which the oldest are let go when a bound is reached. */

// A table is at most two thirds full: beyond that, looking for what is not there takes ever longer.
const FULL = 2 / 3
const FIRST_SLOTS = 1 << 10
const BYTES_PER_SLOT = 8

/** One generation: open addressing, a hash in two words, 0 0 where free. */
class Generation {
  /** Offset at which its first block begins. */
  readonly from: number
  #slots = FIRST_SLOTS
  #words = new Uint32Array(2 * FIRST_SLOTS)
  size = 0

  constructor(from: number) {
    this.from = from
  }

  get bytes(): number {
    return this.#slots * BYTES_PER_SLOT
  }

  /** Bytes once so many more are added. */
  bytesWith(more: number): number {
    let bytes = this.bytes
    while ((this.size + more) * BYTES_PER_SLOT > bytes * FULL) bytes *= 2
    return bytes
  }

  has(low: number, high: number): boolean {
    const words = this.#words
    const mask = this.#slots - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const wordLow = words[2 * slot]!
      const wordHigh = words[2 * slot + 1]!
      if (wordLow === low && wordHigh === high) return true
      if (wordLow === 0 && wordHigh === 0) return false
    }
  }

  /** @param low and high of a hash that it does not have */
  add(low: number, high: number): void {
    if (++this.size > this.#slots * FULL) this.#double()
    this.#place(low, high)
  }

  #place(low: number, high: number): void {
    const words = this.#words
    const mask = this.#slots - 1
    let slot = low & mask
    while (words[2 * slot] !== 0 || words[2 * slot + 1] !== 0) slot = (slot + 1) & mask
    words[2 * slot] = low
    words[2 * slot + 1] = high
  }

  #double(): void {
    const old = this.#words
    this.#slots *= 2
    this.#words = new Uint32Array(2 * this.#slots)
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0 || old[at + 1] !== 0) this.#place(old[at]!, old[at + 1]!)
    }
  }
}

/** What the memories of all partitions share: bytes that they may take together. */
export interface IdBudget {
  readonly bytes: number
  used: number
}

/**
 * The ids of one partition, in two generations: the younger one takes what comes, and when a block begins and the
 * budget is spent, the older one goes and the younger takes its place. Never within a block: of the block under way the
 * warehouse could tell nothing.
 */
export class IdMemory {
  readonly #budget: IdBudget
  #younger: Generation | undefined
  #older: Generation | undefined
  /** Of the block under way that a look-up in the warehouse has found: older than what is remembered. */
  #found = new Set<string>()
  #offset = 0
  /** Ids of the block under way. */
  #ofBlock = 0
  /** Whether it remembers all that the partition ever accepted. */
  isComplete = true

  constructor(budget: IdBudget) {
    this.#budget = budget
  }

  get size(): number {
    return (this.#younger?.size ?? 0) + (this.#older?.size ?? 0)
  }

  /** Offset from which on it remembers all; what is older has to be looked up where it is not complete. */
  get from(): number {
    return this.#older?.from ?? this.#younger?.from ?? this.#offset
  }

  /** Says where the block begins whose ids come now: lets the oldest go where one like the last would not fit. */
  beginBlock(offset: number): void {
    const younger = this.#younger
    const growth = younger ? younger.bytesWith(this.#ofBlock) - younger.bytes : 0
    this.#offset = offset
    this.#ofBlock = 0
    if (growth === 0 || this.#budget.used + growth <= this.#budget.bytes) return
    if (this.#older) {
      this.#budget.used -= this.#older.bytes
      this.isComplete = false
    }
    this.#older = younger
    this.#younger = undefined
  }

  /** @param low and high words of the hash, unsigned */
  has(low: number, high: number): boolean {
    const word = low === 0 && high === 0 ? 1 : low
    return (
      this.#younger?.has(word, high) === true ||
      this.#older?.has(word, high) === true ||
      (this.#found.size > 0 && this.#found.has(`${high} ${word}`))
    )
  }

  add(low: number, high: number): void {
    const word = low === 0 && high === 0 ? 1 : low
    this.#younger ??= this.#created()
    this.#ofBlock++
    const oldBytes = this.#younger.bytes
    this.#younger.add(word, high)
    this.#budget.used += this.#younger.bytes - oldBytes
  }

  /** Remembers, until the next call, what a look-up has found. */
  setFound(hashes: Iterable<{ low: number; high: number }>): void {
    this.#found = new Set([...hashes].map(({ low, high }) => `${high} ${low === 0 && high === 0 ? 1 : low}`))
  }

  /** Forgets all, and gives back its share of the budget. */
  release(): void {
    this.#budget.used -= (this.#younger?.bytes ?? 0) + (this.#older?.bytes ?? 0)
    this.#younger = undefined
    this.#older = undefined
    this.#ofBlock = 0
    this.isComplete = true
  }

  #created(): Generation {
    const generation = new Generation(this.#offset)
    this.#budget.used += generation.bytes
    return generation
  }
}
