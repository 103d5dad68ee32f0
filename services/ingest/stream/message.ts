/** A message of Kafka, as a cursor over the bytes that were fetched: it holds what it says until the next one is read. */
export interface MessageView {
  /** Exact, as every offset below 2^53 is. */
  offset: number
  /** What holds the value, and others before and after it. */
  bytes: Uint8Array
  /** Where the value begins; -1 where the message has none. */
  start: number
  end: number
  /** Milliseconds since 1970 by the producer's clock: the header, or Kafka's timestamp where there is none. */
  producedAt: number
  /** Value of the `schema` header; undefined where there is none. */
  schema: string | undefined
  /** Value of the `replay_of` header; undefined where there is none. */
  replayOf: string | undefined
}
