/** Appends judged messages to the columns of a block. What is particular to the lines of a basket is the judge's. */
import { BLOCK_COLUMNS, type Chain } from '@shelfcast/contracts/lake'
import { LIMITS, type RefusalCode, type RefusedRow } from '@shelfcast/contracts/refusals'
import { BlockColumns, type ColumnData, type Int32Column } from '../columns.ts'
import type { MessageView } from '../message.ts'
import { MessageCells } from './cells.ts'
import type { Tally } from './gate-of-topic.ts'
import { copyOf, type Scratch } from './scratch.ts'
import { ACCEPTED, reasonOf } from './verdict.ts'

/** The topic is the first text of its dictionary, and the only one. */
const TOPIC_ENTRY = 0

/** What was decided over the lines of a message, or over the one row of a message that has none. */
export interface Decision {
  /** `line_no` of the first line. */
  firstNumber: number
  /** By line. */
  verdicts: Uint8Array
  accepted: number
  /** What was found at a refused line, for a person. */
  detail(line: number): string
  /** A copy of the bytes of a refused line. */
  payload(line: number): Uint8Array
  /** Fills the columns that the message as a whole says nothing of. */
  write(row: number, count: number): void
}

/** What accepted rows of a message have in common beside its fields. */
export interface Acceptance {
  businessDate: number
  latenessS: number
  low: number
  high: number
}

export class RowsWriter {
  readonly columns: BlockColumns
  readonly cells: MessageCells
  tally = emptyTally()
  letters: RefusedRow[] = []
  readonly #chain: Chain
  readonly #scratch: Scratch
  readonly #thread
  readonly #businessDate: Int32Column
  /** Columns that only the judge fills, null where a message is refused as a whole. */
  readonly #particular: ColumnData[]
  /** How many rows hold what `#furnish` fills them with. */
  #furnished = 0
  /** Whether that is still so of all rows of the block. */
  #isUniform = true

  constructor(chain: Chain, scratch: Scratch) {
    const columns = new BlockColumns(BLOCK_COLUMNS[chain.topic])
    this.columns = columns
    this.cells = new MessageCells(scratch.fields, columns)
    this.#chain = chain
    this.#scratch = scratch
    this.#thread = {
      topic: columns.text('topic'),
      epoch: columns.int32('epoch'),
      partition: columns.int32('partition'),
      offset: columns.int64('offset'),
      lineNo: columns.int32('line_no'),
      producedAt: columns.int64('produced_at'),
      reason: columns.text('reason'),
      detail: columns.text('detail'),
      payload: columns.binary('payload'),
      lineCount: columns.int32('line_count'),
      idHash: columns.hash64('id_hash'),
      lateness: columns.int32('lateness_s'),
      replayOf: columns.text('replay_of'),
    }
    this.#thread.topic.internText(chain.topic)
    this.#businessDate = columns.int32('business_date')
    const general = new Set<ColumnData>([
      ...Object.values(this.#thread),
      this.#businessDate,
      ...this.cells.columns,
    ])
    this.#particular = columns.columns
      .map(({ name }) => columns.column(name))
      .filter((column) => !general.has(column))
  }

  /** Appends the rows of a message that was judged line by line. Its cells must have been prepared. */
  append(
    message: MessageView,
    replayOf: string | undefined,
    decision: Decision,
    acceptance: Acceptance,
  ): void {
    const { verdicts, accepted, firstNumber } = decision
    const { businessDate, latenessS, low, high } = acceptance
    const count = this.#scratch.lineCount
    const row = this.#open(message, replayOf, count)
    const { idHash, lateness } = this.#thread
    const lineNo = this.#thread.lineNo.values
    const dates = this.#businessDate.values
    for (let line = 0, at = row; line < count; line++, at++) {
      lineNo[at] = firstNumber + line
      dates[at] = businessDate
    }
    if (latenessS > 0) {
      lateness.values.fill(latenessS, row, row + count)
      this.#isUniform = false
    }
    let isFirst = true
    for (let line = 0, at = row; line < count; line++, at++) {
      if (verdicts[line] !== ACCEPTED) this.#refuseLine(message, at, line, decision)
      else if (isFirst) {
        idHash.set(at, low, high)
        isFirst = false
      } else idHash.setNull(at)
    }
    this.cells.write(row, count)
    decision.write(row, count)
    this.columns.rows += count
    this.tally.rowsAccepted += accepted
    if (acceptance.latenessS > 0) this.tally.late += accepted
  }

  /**
   * Appends the row of a message that is refused as a whole.
   * @param isLegible whether its fields were read; then its cells must have been prepared
   */
  refuse(
    message: MessageView,
    replayOf: string | undefined,
    reason: RefusalCode,
    detail: string,
    isLegible: boolean,
  ): void {
    const { lineCount } = this.#scratch
    const row = this.#open(message, replayOf, 1)
    const { originalStart, originalEnd } = this.#scratch
    const payload = copyOf(this.#scratch, originalStart, originalEnd)
    this.#thread.lineNo.values[row] = 0
    this.#thread.lineCount.values[row] = lineCount
    this.#refuse(message, row, 0, reason, detail, payload, lineCount)
    this.#businessDate.setNull(row)
    if (isLegible) this.cells.write(row, 1)
    else for (const column of this.cells.columns) setNull(column, row)
    for (const column of this.#particular) setNull(column, row)
    this.columns.rows++
  }

  #refuseLine(message: MessageView, row: number, line: number, decision: Decision): void {
    const reason = reasonOf(decision.verdicts[line]!)
    const number = decision.firstNumber + line
    this.#refuse(message, row, number, reason, decision.detail(line), decision.payload(line), 1)
  }

  clear(): void {
    this.columns.clear()
    this.cells.clear()
    this.tally = emptyTally()
    this.letters = []
    this.#furnished = this.#isUniform ? this.#furnished : 0
    this.#isUniform = true
    this.#thread.topic.internText(this.#chain.topic)
  }

  /** Fills all the room that there is with what most rows have alike: only what differs is written row by row. */
  #furnish(): void {
    const { epoch, partition } = this.#chain
    const thread = this.#thread
    const from = this.#furnished
    thread.topic.indices.fill(TOPIC_ENTRY, from)
    thread.epoch.values.fill(epoch, from)
    thread.partition.values.fill(partition, from)
    thread.lineCount.values.fill(1, from)
    thread.lateness.values.fill(0, from)
    for (const column of [thread.reason, thread.detail, thread.replayOf]) column.indices.fill(-1, from)
    this.#furnished = thread.epoch.values.length
  }

  /** Makes room for the rows of a message and fills what it has in common with every other. */
  #open(message: MessageView, replayOf: string | undefined, count: number): number {
    const { columns, tally } = this
    columns.reserve(count)
    const row = columns.rows
    const thread = this.#thread
    if (row + count > this.#furnished) this.#furnish()
    const { offset, producedAt } = message
    const offsets = thread.offset.values
    const times = thread.producedAt.values
    for (let at = row; at < row + count; at++) {
      offsets[at] = offset
      times[at] = producedAt
    }
    if (replayOf !== undefined) {
      thread.replayOf.indices.fill(thread.replayOf.internText(replayOf), row, row + count)
      this.#isUniform = false
    }
    tally.messages++
    if (producedAt < tally.producedMin) tally.producedMin = producedAt
    if (producedAt > tally.producedMax) tally.producedMax = producedAt
    return row
  }

  #refuse(
    message: MessageView,
    row: number,
    line: number,
    reason: RefusalCode,
    longDetail: string,
    payload: Uint8Array,
    lines: number,
  ): void {
    const detail = longDetail.slice(0, LIMITS.detailLength)
    this.#isUniform = false
    const thread = this.#thread
    thread.reason.indices[row] = thread.reason.internText(reason)
    thread.detail.indices[row] = thread.detail.internText(detail)
    thread.payload.set(row, payload)
    thread.idHash.setNull(row)
    thread.lateness.setNull(row)
    const { epoch, partition } = this.#chain
    this.letters.push({ epoch, partition, offset: BigInt(message.offset), line, reason, detail, payload })
    this.tally.rowsRefused++
    this.tally.refused.set(reason, (this.tally.refused.get(reason) ?? 0) + lines)
  }
}

class BlockTally implements Tally {
  messages = 0
  rowsAccepted = 0
  rowsRefused = 0
  producedMin = Number.POSITIVE_INFINITY
  producedMax = 0
  late = 0
  readonly refused = new Map<RefusalCode, number>()

  get outcomes(): Map<RefusalCode | 'accepted', number> {
    return new Map([['accepted', this.rowsAccepted], ...this.refused])
  }
}

const emptyTally = () => new BlockTally()

function setNull(column: ColumnData, row: number): void {
  // A payload that was never set is null.
  if ('setNull' in column) column.setNull(row)
}
