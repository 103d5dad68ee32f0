/** A block: judged messages of a partition as one Parquet object with the metadata that the chain needs. */
import { createHash } from 'node:crypto'
import { BLOCK_COLUMNS, blockName } from '@shelfcast/contracts/lake'
import type { EventTopic } from '@shelfcast/contracts/topics'
import type { BlockFacts } from '@shelfcast/warehouse/block-facts'
import type { Judged } from './gate/gate.ts'
import { encodeParquet } from './parquet.ts'
import { Rows } from './rows.ts'

export interface Block extends BlockFacts {
  body: Uint8Array
}

export interface BlockRange {
  topic: EventTopic
  partition: number
  begin: bigint
  end: bigint
  offsetsMissing: bigint
}

export function encodeBlock(range: BlockRange, judged: readonly Judged[]): Block {
  const { topic, partition } = range
  const rows = new Rows(BLOCK_COLUMNS[topic])
  let rowsRefused = 0
  let producedMin = Number.POSITIVE_INFINITY
  let producedMax = 0
  for (const { message, rows: judgedRows, spelled } of judged) {
    let hash = spelled === undefined ? undefined : signed(hashOf(spelled))
    producedMin = Math.min(producedMin, message.producedAt)
    producedMax = Math.max(producedMax, message.producedAt)
    for (const row of judgedRows) {
      const isAccepted = row.reason === undefined
      if (!isAccepted) rowsRefused++
      rows.append({
        ...row,
        id_hash: isAccepted ? hash : undefined,
        topic,
        epoch: 0,
        partition,
        offset: message.offset,
        produced_at: message.producedAt,
      })
      if (isAccepted) hash = undefined
    }
  }
  const body = encodeParquet(rows.finish())
  return {
    ...range,
    epoch: 0,
    name: blockName({ topic, epoch: 0, partition }, range.begin),
    messages: judged.length,
    rowsAccepted: rows.length - rowsRefused,
    rowsRefused,
    bytes: body.byteLength,
    producedMin,
    producedMax,
    topicId: '',
    body,
  }
}

/** 64 bits of a message's store and id as the gate spells them; never 0. */
export function hashOf(spelled: string): { low: number; high: number } {
  const digest = createHash('sha256').update(spelled).digest()
  return { low: digest.readUInt32LE() || 1, high: digest.readUInt32LE(4) }
}

function signed({ low, high }: { low: number; high: number }): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
}
