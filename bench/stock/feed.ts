/** Messages that were never in Kafka, through the gate into blocks of a lake, and from there into a warehouse. */
import { randomUUID } from 'node:crypto'
import type { Chain } from '@shelfcast/contracts/lake'
import type { RefusalCode } from '@shelfcast/contracts/refusals'
import { type EventTopic, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { LoadLog } from '@shelfcast/ingest/load/log'
import { loadRows, rangesOf, recordLoad } from '@shelfcast/ingest/load/rows'
import { encodeBlock, putBlock } from '@shelfcast/ingest/stream/chain/block'
import { IdMemory } from '@shelfcast/ingest/stream/chain/ids'
import { createGate } from '@shelfcast/ingest/stream/gate/create'
import type { World } from '@shelfcast/ingest/stream/gate/world'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'

const ID_BYTES = 64 * 1024 * 1024
/** All messages of a topic are in one. */
export const CHAIN = { epoch: 0, partition: 0 } as const

export interface Message {
  topic: EventTopic
  value: Buffer
  /** Position of the dead letter that it corrects. */
  replayOf?: string
}

export interface Feed {
  /** @returns its offset, and reasons by line of what was refused; 0 is the whole message */
  tell(message: Message): { offset: number; refused: ReadonlyMap<number, RefusalCode> }
  /** Resolves when all that was told is in the warehouse. */
  load(): Promise<void>
}

export function createFeed({
  lake,
  warehouse,
  world,
}: {
  lake: Lake
  warehouse: Warehouse
  world: World
}): Feed {
  const budget = { bytes: ID_BYTES, used: 0 }
  const writer = randomUUID()
  const chains = new Map<EventTopic, ReturnType<typeof chainOf>>()
  const log = new LoadLog(warehouse)

  function chainOf(topic: EventTopic) {
    const chain: Chain = { topic, ...CHAIN }
    const clocks = new Map()
    const gate = createGate({ ...chain, world, memory: new IdMemory(budget), clocks })
    return { chain, clocks, gate, begin: 0, end: 0 }
  }

  function of(topic: EventTopic) {
    const earlier = chains.get(topic) ?? chainOf(topic)
    chains.set(topic, earlier)
    return earlier
  }

  return {
    tell({ topic, value, replayOf }) {
      const stream = of(topic)
      const first = stream.gate.columns.rows
      const offset = stream.end++
      stream.gate.judge(
        {
          offset,
          bytes: value,
          start: 0,
          end: value.length,
          producedAt: Date.now(),
          schema: SCHEMA_VERSION[topic],
          replayOf,
        },
        true,
      )
      const refused = new Map<number, RefusalCode>()
      const reasons = stream.gate.columns.text('reason')
      const lines = stream.gate.columns.int32('line_no')
      for (let row = first; row < stream.gate.columns.rows; row++) {
        const entry = reasons.indices[row]!
        if (entry !== -1) refused.set(lines.values[row]!, reasons.entryText(entry) as RefusalCode)
      }
      return { offset, refused }
    },
    async load() {
      await log.look([...chains.values()].map(({ chain }) => chain))
      for (const stream of chains.values()) {
        if (stream.end === stream.begin) continue
        const { chain, begin, end, gate, clocks } = stream
        const block = encodeBlock({ chain, topicId: 'bench', begin, end, offsetsMissing: 0 }, gate, clocks)
        await putBlock(lake, block, writer, () => undefined)
        const load = await log.plan(rangesOf([block]))
        await loadRows(warehouse, load, [block])
        await recordLoad(warehouse, load, [block])
        gate.clear()
        stream.begin = end
      }
    },
  }
}
