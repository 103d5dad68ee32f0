/** What a block says of itself: the user metadata of its object, and its row in the ledger. */
import { BLOCK_METADATA, blockBegin, type Chain } from '@shelfcast/contracts/lake'

/** Offsets are those of the partition; times are milliseconds since 1970. */
export interface BlockFacts extends Chain {
  /** Object name inside the raw bucket. */
  name: string
  begin: bigint
  /** First offset after the block. */
  end: bigint
  messages: number
  rowsAccepted: number
  rowsRefused: number
  offsetsMissing: bigint
  bytes: number
  producedMin: number
  producedMax: number
  /** Kafka's own id of the topic; empty when unknown. */
  topicId: string
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
      [BLOCK_METADATA.topicId]: block.topicId,
    }).map(([name, value]) => [name, String(value)]),
  )
}

/**
 * @param name of the object, inside the raw bucket
 * @param bytes size of the object
 * @throws when metadata is missing: then another program wrote into the chain's folder
 */
export function blockFacts(
  { topic, epoch, partition }: Chain,
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
    epoch,
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
    topicId: metadata[BLOCK_METADATA.topicId] ?? '',
  }
}
