/**
 * The gate of one chain: judges messages in the order of their offsets and appends their rows to the columns of a
 * block. Given the same messages, reference data and history it decides the same, so a block that is read again, here
 * or by another process, comes out alike.
 */
import type { RefusalCode, RefusedRow } from '@shelfcast/contracts/refusals'
import type { EventTopic } from '@shelfcast/contracts/topics'
import type { BlockColumns } from '../columns.ts'
import type { MessageView } from '../message.ts'
import type { Clocks } from './lateness.ts'
import type { World } from './world.ts'

/** Ids that were accepted, as hashes of 64 bits in two words of 32, both unsigned: as `Hash64Column.words` holds them. */
export interface IdMemory {
  has(low: number, high: number): boolean
  add(low: number, high: number): void
}

export interface GateOptions {
  topic: EventTopic
  epoch: number
  partition: number
  world: World
  memory: IdMemory
  /** What lateness is told by. */
  clocks: Clocks
}

/** What a block holds so far. */
export interface Tally {
  messages: number
  rowsAccepted: number
  rowsRefused: number
  /** Infinity and 0 while there is no message. */
  producedMin: number
  producedMax: number
  /** Lines by 'accepted' or the reason that refused them. */
  outcomes: Map<RefusalCode | 'accepted', number>
  /** Accepted lines that came later than is allowed. */
  late: number
}

export interface Gate {
  /** Grows as messages are judged. */
  readonly columns: BlockColumns
  readonly tally: Readonly<Tally>
  readonly letters: readonly RefusedRow[]
  /**
   * Judges one message and appends its rows, accepted and refused.
   * @param final judge by what is known. Otherwise the answer is 'unknown', and nothing is appended, when the message
   *              names a store or SKU that the world does not know, or a price that is far from the list price: it is
   *              worth a second look after a refresh.
   */
  judge(message: MessageView, final: boolean): 'judged' | 'unknown'
  /** Hash of the message's identity, for a look-up of many at once; undefined when it is refused before repetition is asked. */
  idHash(message: MessageView): { low: number; high: number } | undefined
  /** Forgets the block's rows and keeps what was learned from them. */
  clear(): void
}
