/**
 * What a source of events is: a replayed file, the twin, or whatever comes next. A source knows its reference data
 * and its events; the sender knows Kafka, and the pace knows the clock.
 */
import type { Product } from '@shelfcast/contracts/datasets/products'
import type { Store } from '@shelfcast/contracts/datasets/stores'
import type { Supplier } from '@shelfcast/contracts/datasets/suppliers'
import type { EventTopic } from '@shelfcast/contracts/topics'

export interface SourceEvent {
  topic: EventTopic
  /** Kafka key: messages of a store stay in order. */
  store_id: string
  /** Store time at which it is sent, in milliseconds since 1970; pacing goes by it. */
  event_time: number
  value: Buffer
  /** Lines of the source that it stands for. */
  lines: number
}

export interface Reference {
  stores: Store[]
  products: Product[]
  /** Absent where the source does not know them. */
  suppliers?: Supplier[]
}

export interface Source<E extends SourceEvent = SourceEvent> {
  /** Folder of its reference data in the lake, and what dim_store and the others name as source. */
  name: string
  /** Stores and products that its events name, and who supplies them. Published before the first event. */
  reference(): Promise<Reference>
  /** Events in the order of store time. Each call begins anew, and the same source gives the same bytes. */
  events(): AsyncIterable<E> | Iterable<E>
}
