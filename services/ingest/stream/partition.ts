/** What the intake and those who work on a partition are to each other. */
import type { Chain } from '@shelfcast/contracts/lake'
import type { FetchedPartition } from './kafka/fetch.ts'

/** What works on one partition: it lands what is fetched, or follows what another engine lands. */
export interface PartitionWork {
  /** Offset from which on more is to be fetched, or undefined while there is enough. */
  readonly nextOffset: number | undefined
  start(): Promise<void>
  /** Takes what was fetched from `nextOffset` on. */
  offer(answer: FetchedPartition): void
  /** Kafka holds no message at the next offset: what is before `low` is gone. */
  skipTo(low: number, high: number): void
  /** Finishes what was taken, and ends. */
  drain(): Promise<void>
  /** Ends as it stands: another process has the partition. */
  abandon(): Promise<void>
}

/** What the intake tells, and hears of, the work on a partition. */
export interface PartitionLinks {
  chain: Chain
  topicId: string
  /** Called when the work has room for more. */
  onSpace(): void
  /** Called once when another process has the chain now: this work is of no use any more. */
  onLost(): void
  /** Called once when the work cannot go on. */
  onFault(error: unknown): void
}
