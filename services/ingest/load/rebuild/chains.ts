/** Chains of the lake and their blocks, and loading all of a chain. */
import { type Chain, chainOf } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { BlockFacts } from '../block-facts.ts'
import { blocksFrom } from '../blocks.ts'
import { loadedEnd, plannedEnd, StaleRange } from '../chain-progress.ts'
import { BLOCK_ROWS_LIMIT, loadRange, recordBlocks } from '../ranges.ts'

/** Objects of one insert: the engine opens them all at once. */
const RANGE_BLOCKS = 64

export interface ChainLoading {
  lake: Lake
  warehouse: Warehouse
  chain: Chain
  /** Blocks that end after this offset are left; all are loaded where it is absent. */
  until?: bigint
  onLoaded(rows: number): void
}

/** All chains, of all lives of each topic. */
export async function chainsOf(lake: Lake): Promise<Chain[]> {
  const chains: Chain[] = []
  for (const topic of EVENT_TOPICS) {
    const folders = await foldersIn(lake, `${topic}/`)
    for (const folder of folders) {
      const inside = /\/e=\d+\/$/.test(folder) ? await foldersIn(lake, folder) : [folder]
      chains.push(...inside.flatMap((prefix) => chainOf(prefix) ?? []))
    }
  }
  return chains
}

/** Loads what the warehouse does not have of a chain, in ranges as large as one insert takes. */
export async function loadChain(loading: ChainLoading): Promise<void> {
  for (;;) {
    try {
      await loadOn(loading)
      return
    } catch (error) {
      // Another process loads this chain too: from where it is now.
      if (!(error instanceof StaleRange)) throw error
    }
  }
}

async function loadOn({ lake, warehouse, chain, until, onLoaded }: ChainLoading): Promise<void> {
  let begin = await loadedEnd(warehouse, chain)
  let planEnd = await plannedEnd(warehouse, chain, begin)
  let range: BlockFacts[] = []
  const load = async () => {
    const last = range.at(-1)
    if (!last) return
    await loadRange(warehouse, range)
    await recordBlocks(warehouse, range)
    onLoaded(rowsOf(range))
    range = []
    begin = last.end
    planEnd = undefined
  }
  for await (const block of blocksFrom(lake, chain, begin)) {
    if (until !== undefined && block.end > until) break
    const isFull = range.length === RANGE_BLOCKS || rowsOf([...range, block]) > BLOCK_ROWS_LIMIT
    if (planEnd === undefined && isFull) await load()
    range.push(block)
    if (block.end === planEnd) await load()
  }
  await load()
}

function rowsOf(blocks: readonly BlockFacts[]): number {
  return blocks.reduce((rows, { rowsAccepted, rowsRefused }) => rows + rowsAccepted + rowsRefused, 0)
}

/** Folders right inside a folder. */
async function foldersIn(lake: Lake, prefix: string): Promise<string[]> {
  const folders: string[] = []
  for await (const entry of lake.client.listObjectsV2(lake.bucket('raw'), prefix, false)) {
    if (entry.prefix) folders.push(entry.prefix)
  }
  return folders.sort()
}
