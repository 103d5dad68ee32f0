/** The account of a topic: which rows must come of what Kafka holds, and how what is found differs from it. */
import { type ExpectedRow, ReferenceGate } from './reference-gate.ts'
import type { ReadMessage } from './topic-reader.ts'

/** Offsets of one partition, from the first to before the second, in one life of the topic. */
export interface Stretch {
  epoch: number
  partition: number
  begin: number
  end: number
}

/** Positions, each as `epoch/partition/offset/line` with what is wrong there. */
export interface Differences {
  lost: string[]
  doubled: string[]
  /** Other outcome or amount, or a row that should not be. */
  wrong: string[]
}

interface PartitionAccount {
  gate: ReferenceGate
  /** Read and not yet judged. */
  messages: ReadMessage[]
  /** In the order of their positions. */
  rows: ExpectedRow[]
  /** Offsets that were gone before anybody judged them. */
  dropped: Stretch[]
}

/** Each life of a topic is judged by itself: what was accepted in one is not known in the next. */
export class Account {
  readonly #partitions = new Map<string, PartitionAccount>()
  /** Rows that must be there. */
  rows = 0
  epoch = 0

  add(message: ReadMessage): void {
    this.#of(this.epoch, message.partition).messages.push(message)
  }

  /** Kafka has dropped these before anybody judged them. */
  drop(stretch: Stretch): void {
    const account = this.#of(stretch.epoch, stretch.partition)
    account.messages = account.messages.filter(
      ({ offset }) => offset < stretch.begin || offset >= stretch.end,
    )
    account.dropped.push(stretch)
  }

  /** How many offsets of a stretch must be recorded as missing. */
  missing({ epoch, partition, begin, end }: Stretch): number {
    return this.#of(epoch, partition).dropped.reduce(
      (sum, stretch) => sum + Math.max(0, Math.min(end, stretch.end) - Math.max(begin, stretch.begin)),
      0,
    )
  }

  /** Judges all that was read. @returns what is new, by stretch */
  judge(): { stretch: Stretch; rows: ExpectedRow[] }[] {
    return [...this.#partitions].flatMap(([name, account]) => {
      const [epoch, partition] = name.split('/').map(Number)
      const { messages } = account
      if (messages.length === 0) return []
      account.messages = []
      const rows = messages.flatMap(({ offset, value }) => account.gate.judge(offset, value))
      account.rows.push(...rows)
      this.rows += rows.length
      const stretch = { begin: messages[0]!.offset, end: messages.at(-1)!.offset + 1 }
      return [{ stretch: { epoch: epoch!, partition: partition!, ...stretch }, rows }]
    })
  }

  /** What must be in a stretch. */
  expected({ epoch, partition, begin, end }: Stretch): ExpectedRow[] {
    const { rows } = this.#of(epoch, partition)
    return rows.slice(firstFrom(rows, begin), firstFrom(rows, end))
  }

  #of(epoch: number, partition: number): PartitionAccount {
    const name = `${epoch}/${partition}`
    let account = this.#partitions.get(name)
    if (!account) {
      account = { gate: new ReferenceGate(), messages: [], rows: [], dropped: [] }
      this.#partitions.set(name, account)
    }
    return account
  }
}

/** Index of the first row from this offset on. */
function firstFrom(rows: readonly ExpectedRow[], offset: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.offset < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Holds rows against what must be there, position by position. */
export function compare(
  { epoch, partition }: Stretch,
  expected: readonly ExpectedRow[],
  actual: readonly ExpectedRow[],
): Differences {
  const differences: Differences = { lost: [], doubled: [], wrong: [] }
  const nameOf = ({ offset, line }: ExpectedRow) => `${epoch}/${partition}/${offset}/${line}`
  const textOf = ({ outcome, amount }: ExpectedRow) => `${outcome} ${amount}`
  const rowsByName = new Map(expected.map((row) => [nameOf(row), row]))
  const names = new Set<string>()
  for (const row of actual) {
    const name = nameOf(row)
    const want = rowsByName.get(name)
    if (names.has(name)) differences.doubled.push(`${name} ${textOf(row)}`)
    else if (!want) differences.wrong.push(`${name} ${textOf(row)}, expected nothing`)
    else if (textOf(want) !== textOf(row))
      differences.wrong.push(`${name} ${textOf(row)}, expected ${textOf(want)}`)
    names.add(name)
  }
  for (const [name, row] of rowsByName) if (!names.has(name)) differences.lost.push(`${name} ${textOf(row)}`)
  return differences
}

/** A sum over rows that two sets of rows share only if they are the same set, for all that happens by accident. */
export interface Digest {
  rows: number
  amount: number
  /** Each amount times a number of its position. */
  weighted: number
}

/** Offsets that one digest covers. */
export const DIGEST_OFFSETS = 1_000

/** @returns digests by epoch, partition, span of offsets and outcome */
export function addToDigests(
  digests: Map<string, Digest>,
  { epoch, partition }: Stretch,
  rows: readonly ExpectedRow[],
): void {
  for (const { offset, line, outcome, amount } of rows) {
    const name = `${epoch}/${partition}/${Math.floor(offset / DIGEST_OFFSETS)}/${outcome}`
    const digest = digests.get(name) ?? { rows: 0, amount: 0, weighted: 0 }
    digest.rows++
    digest.amount += amount
    digest.weighted += amount * ((offset % DIGEST_OFFSETS) * 100 + line)
    digests.set(name, digest)
  }
}
