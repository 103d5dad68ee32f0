/** Blocks of a chain, as they stand in the lake. */
import { blockName, type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import type { Lake, StoredObject } from '@shelfcast/runtime/lake'
import { ChainError } from './attempts.ts'
import { type BlockFacts, blockFacts } from './block-facts.ts'
import { expiredText } from './chain-head.ts'
import type { Range } from './log.ts'

/** Object heads asked for at once: SeaweedFS answers about 2,000 a second. */
const HEADS_AT_ONCE = 32

/**
 * Blocks from an offset on at which one begins, in their order.
 * @throws ChainError when there is a gap
 */
export async function* blocksFrom(lake: Lake, chain: Chain, begin: bigint): AsyncGenerator<BlockFacts> {
  let end = begin
  // Names sort as offsets do, and the listing begins after the name that it is given.
  const start = begin === 0n ? undefined : blockName(chain, begin - 1n)
  for await (const objects of batches(lake.list('raw', chainPrefix(chain), start))) {
    const blocks = await Promise.all(
      objects.map(async ({ name, size }) =>
        blockFacts(chain, name, size, (await lake.metadata('raw', name)) ?? {}),
      ),
    )
    for (const block of blocks) {
      if (block.begin !== end && end === begin) throw new ChainError(expiredText(chain, begin, block.begin))
      if (block.begin !== end) throw gapBefore(block, end)
      end = block.end
      yield block
    }
  }
}

/** The first of them. @throws ChainError when there is a gap */
export async function nextBlocks(
  lake: Lake,
  chain: Chain,
  begin: bigint,
  limit: number,
): Promise<BlockFacts[]> {
  const blocks: BlockFacts[] = []
  for await (const block of blocksFrom(lake, chain, begin)) {
    blocks.push(block)
    if (blocks.length === limit) break
  }
  return blocks
}

/** All of ranges. @throws ChainError when one is not whole */
export async function blocksOf(lake: Lake, ranges: readonly Range[]): Promise<BlockFacts[]> {
  const blocks: BlockFacts[] = []
  for (const range of ranges) {
    let end = range.begin
    if (end < range.end)
      for await (const block of blocksFrom(lake, range, range.begin)) {
        blocks.push(block)
        end = block.end
        if (end >= range.end) break
      }
    if (end !== range.end)
      throw new ChainError(
        `A load was planned of ${chainPrefix(range)} from offset ${range.begin} to ${range.end}, and the lake has it up to ${end}. Restore the missing object.`,
      )
  }
  return blocks
}

function gapBefore(block: BlockFacts, end: bigint): ChainError {
  return new ChainError(
    `The chain of ${block.topic} partition ${block.partition} has a gap: block "raw/${block.name}" begins at ${block.begin}, the one before it ends at ${end}. Restore the missing object.`,
  )
}

async function* batches(objects: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject[]> {
  let batch: StoredObject[] = []
  for await (const object of objects) {
    batch.push(object)
    if (batch.length < HEADS_AT_ONCE) continue
    yield batch
    batch = []
  }
  yield batch
}
