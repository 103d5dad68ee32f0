/** A block: judged messages of a partition as one Parquet object with the metadata that the chain needs. */
import { BLOCK_COLUMNS, BLOCK_METADATA, blockBegin, blockName } from '@shelfcast/contracts/lake'
import type { EventTopic } from '@shelfcast/contracts/topics'
import type { BlockFacts } from '@shelfcast/warehouse/load'
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
  for (const { message, rows: judgedRows } of judged) {
    producedMin = Math.min(producedMin, message.producedAt)
    producedMax = Math.max(producedMax, message.producedAt)
    for (const row of judgedRows) {
      if (row.reason !== undefined) rowsRefused++
      rows.append({
        ...row,
        topic,
        epoch: 0,
        partition,
        offset: message.offset,
        produced_at: message.producedAt,
      })
    }
  }
  const body = encodeParquet(rows.finish())
  return {
    ...range,
    name: blockName({ topic, epoch: 0, partition }, range.begin),
    messages: judged.length,
    rowsAccepted: rows.length - rowsRefused,
    rowsRefused,
    bytes: body.byteLength,
    producedMin,
    producedMax,
    body,
  }
}

/** User metadata of the object, from which `blockFacts` reads the block's facts again. */
export function blockMetadata(block: BlockFacts): Record<string, string> {
  return Object.fromEntries(
    Object.entries({
      [BLOCK_METADATA.begin]: block.begin,
      [BLOCK_METADATA.end]: block.end,
      [BLOCK_METADATA.messages]: block.messages,
      [BLOCK_METADATA.rowsAccepted]: block.rowsAccepted,
      [BLOCK_METADATA.rowsRefused]: block.rowsRefused,
      [BLOCK_METADATA.offsetsMissing]: block.offsetsMissing,
      [BLOCK_METADATA.producedMin]: block.producedMin,
      [BLOCK_METADATA.producedMax]: block.producedMax,
    }).map(([name, value]) => [name, String(value)]),
  )
}

/**
 * What an object of the chain says of itself.
 * @param bytes size of the object
 * @throws when metadata is missing: then another program wrote into the chain's folder
 */
export function blockFacts(
  topic: EventTopic,
  partition: number,
  name: string,
  bytes: number,
  metadata: Record<string, string>,
): BlockFacts {
  const read = (field: string): string => {
    const value = metadata[field]
    if (value === undefined) {
      throw new Error(
        `Object "raw/${name}" has no metadata "${field}", so it is no block. Move it out of the chain.`,
      )
    }
    return value
  }
  return {
    topic,
    partition,
    name,
    begin: blockBegin(name),
    end: BigInt(read(BLOCK_METADATA.end)),
    messages: Number(read(BLOCK_METADATA.messages)),
    rowsAccepted: Number(read(BLOCK_METADATA.rowsAccepted)),
    rowsRefused: Number(read(BLOCK_METADATA.rowsRefused)),
    offsetsMissing: BigInt(read(BLOCK_METADATA.offsetsMissing)),
    bytes,
    producedMin: Number(read(BLOCK_METADATA.producedMin)),
    producedMax: Number(read(BLOCK_METADATA.producedMax)),
  }
}
