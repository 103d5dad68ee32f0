/** A block: what the gate made of a stretch of a partition, as one Parquet object with the metadata that the chain needs. */
import { BLOCK_METADATA, blockName, type Chain, CLOCKS_KEY } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import { type BlockFacts, blockMetadata } from '../../load/block-facts.ts'
import { whileUnderWay } from '../../load/under-way.ts'
import type { Gate } from '../gate/gate-of-topic.ts'
import type { Clocks } from '../gate/lateness.ts'
import { encodeColumns } from '../parquet/encode.ts'

// When a PUT is under way for fault injection.
const PUTTING_MS = 1

export interface Block extends BlockFacts {
  body: Uint8Array
}

export interface BlockRange {
  chain: Chain
  topicId: string
  begin: number
  end: number
  offsetsMissing: number
}

/** @param clocks state of the gate after the block, which the next process to build on it begins with */
export function encodeBlock(range: BlockRange, gate: Gate, clocks: Clocks): Block {
  const { chain, topicId, begin, end, offsetsMissing } = range
  const { messages, rowsAccepted, rowsRefused, producedMin, producedMax } = gate.tally
  const body = encodeColumns(gate.columns, { [CLOCKS_KEY]: JSON.stringify([...clocks]) })
  return {
    ...chain,
    topicId,
    name: blockName(chain, BigInt(begin)),
    begin: BigInt(begin),
    end: BigInt(end),
    messages,
    rowsAccepted,
    rowsRefused,
    offsetsMissing: BigInt(offsetsMissing),
    bytes: body.byteLength,
    producedMin,
    producedMax,
    body,
  }
}

/**
 * Writes a block where none has its place yet.
 * @param writer process that writes it
 * @param onUnderWay called when the request is under way
 * @returns false when another process was first
 */
export async function putBlock(
  lake: Lake,
  block: Block,
  writer: string,
  onUnderWay: () => void,
): Promise<boolean> {
  const metadata = { ...blockMetadata(block), [BLOCK_METADATA.writer]: writer }
  const isNew = await whileUnderWay(PUTTING_MS, onUnderWay, () =>
    lake.create('raw', block.name, block.body, metadata),
  )
  // It is there: by another process, or by this one, which never heard the answer.
  return isNew || (await lake.metadata('raw', block.name))?.[BLOCK_METADATA.writer] === writer
}

/** The gate's state in a block's footer. */
export function clocksIn(footer: Record<string, string>): Clocks {
  return new Map(JSON.parse(footer[CLOCKS_KEY] ?? '[]') as [string, never][])
}
