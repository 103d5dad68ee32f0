/** The gate as ingest has it, over messages that were never in Kafka. */
import type { RefusalCode } from '@shelfcast/contracts/refusals'
import { EVENT_TOPICS, type EventTopic, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import type { SourceEvent } from '@shelfcast/datagen/source'
import { toReference } from '@shelfcast/datagen/world/reference'
import type { World as TwinWorld } from '@shelfcast/datagen/world/world'
import { IdMemory } from '@shelfcast/ingest/stream/chain/ids'
import { createGate } from '@shelfcast/ingest/stream/gate/create'
import type { Gate } from '@shelfcast/ingest/stream/gate/gate-of-topic'
import type { World } from '@shelfcast/ingest/stream/gate/world'
import type { MessageView } from '@shelfcast/ingest/stream/message'

/** What became of a message. */
export interface Verdict {
  /** Rows. */
  accepted: number
  /** By line; 0 is the whole message. */
  refused: ReadonlyMap<number, RefusalCode>
  /** 0 when it was in time. */
  latenessS: number
}

/** All that a million baskets need, and more. */
const ID_BYTES = 512 * 1024 * 1024
const ROWS_OF_A_BLOCK = 100_000

export type Judge = (event: SourceEvent) => Verdict

export function createJudge(twin: TwinWorld): Judge {
  const world = worldOf(twin)
  const budget = { bytes: ID_BYTES, used: 0 }
  const gates = Object.fromEntries(
    EVENT_TOPICS.map((topic) => {
      const memory = new IdMemory(budget)
      return [topic, createGate({ topic, epoch: 0, partition: 0, world, memory, clocks: new Map() })]
    }),
  ) as Record<EventTopic, Gate>
  let offset = 0

  return ({ topic, event_time, value }) => {
    const gate = gates[topic]
    if (gate.columns.rows > ROWS_OF_A_BLOCK) gate.clear()
    const first = gate.columns.rows
    const message: MessageView = {
      offset: offset++,
      bytes: value,
      start: 0,
      end: value.length,
      producedAt: event_time,
      schema: SCHEMA_VERSION[topic],
      replayOf: undefined,
    }
    gate.judge(message, true)
    return verdictOf(gate, first)
  }
}

function verdictOf({ columns }: Gate, first: number): Verdict {
  const reasons = columns.text('reason')
  const lines = columns.int32('line_no')
  const lateness = columns.int32('lateness_s')
  const refused = new Map<number, RefusalCode>()
  let accepted = 0
  let latenessS = 0
  for (let row = first; row < columns.rows; row++) {
    const entry = reasons.indices[row]!
    if (entry === -1) {
      accepted++
      latenessS = lateness.values[row]!
    } else refused.set(lines.values[row]!, reasons.entryText(entry) as RefusalCode)
  }
  return { accepted, refused, latenessS }
}

/** What the gate knows of a twin's world. */
export function worldOf(twin: TwinWorld): World {
  const reference = toReference(twin)
  const stores = new Map(
    reference.stores.map(({ store_id, time_zone, currency }) => [
      store_id,
      { timeZone: time_zone, currency },
    ]),
  )
  const products = new Map(reference.products.map((product) => [product.sku, product]))
  return { store: (id) => stores.get(id), product: (sku) => products.get(sku) }
}
