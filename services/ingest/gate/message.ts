/** What the gate reads and writes, whatever the topic. */
import type { RefusalCode } from '@shelfcast/contracts/refusals'
/** One cell: text for utf8, bytes for binary, a number or bigint for the rest. */
export type Cell = string | number | bigint | Uint8Array

/** A message as Kafka holds it. */
export interface Message {
  offset: bigint
  value: Uint8Array | null
  /** Value of the `schema` header. */
  schema: string | undefined
  /** Milliseconds since 1970, by the producer's clock. */
  producedAt: number
}

/** One row of a block, without topic, partition and offset. */
export interface Row {
  line_no: number
  line_count: number
  reason?: RefusalCode
  detail?: string
  payload?: Uint8Array
  [column: string]: Cell | null | undefined
}

/** What the gate knows of the world: published reference data. */
export interface World {
  store(id: string): { timeZone: string; currency: string } | undefined
  product(sku: string): { kind: 'merchandise' | 'service' } | undefined
}

/** A message that has the shape of its topic. */
export interface Parsed {
  /** Basket, movement or event id: with the store, what repetition is recognised by. */
  id: string
  storeId: string
  /** Lines that the message holds; 1 where it has none. */
  lineCount: number
  /** What can be said of the message as a whole, for the row that refuses it. */
  cells: Record<string, Cell | null | undefined>
  /** Stores and SKUs that it names and the world does not know. */
  unknown(world: World): boolean
  /** Judges the message by the domain rules. */
  judge(world: World): Row[]
}

/** Why a message as a whole is refused. */
export interface Refusal {
  reason: RefusalCode
  detail: string
  lineCount: number
  cells: Record<string, Cell | null | undefined>
}

/** The rules of one topic. */
export type Parse = (message: Message) => Parsed | Refusal

export const isRefusal = (parsed: Parsed | Refusal): parsed is Refusal => 'reason' in parsed
