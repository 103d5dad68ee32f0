/** Where a chain begins in the lake: old blocks expire there once the curated zone has their rows. */
import { blockBegin, type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'

/**
 * First offset of a chain that a block of the raw zone still has; undefined where there is no block. A chain begins with
 * offset 0, whatever Kafka holds, so what is before its head has expired.
 */
export async function chainHead(lake: Lake, chain: Chain): Promise<bigint | undefined> {
  for await (const { name } of lake.list('raw', chainPrefix(chain))) return blockBegin(name)
  return undefined
}

/** For a person: what of a chain is neither loaded nor in the raw zone, and what to do. */
export function expiredText(chain: Chain, loaded: bigint, head: bigint): string {
  return (
    `The chain ${chainPrefix(chain)} is loaded up to offset ${loaded}, and the raw zone has it from offset ${head} on: ` +
    'the blocks between have expired, or were removed. Rebuild the warehouse with the curated zone, which has their rows ' +
    '(docs/rebuild.md), or restore those objects.'
  )
}
