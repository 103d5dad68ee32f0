/** Chains of the lake and their blocks, and loading all of a chain. */
import { type Chain, chainOf, chainPrefix } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { BlockFacts } from '../block-facts.ts'
import { blocksFrom, blocksOf } from '../blocks.ts'
import { type LoadLog, StaleLoad } from '../log.ts'
import { BLOCK_ROWS_LIMIT, loadRows, rangesOf, recordLoad } from '../rows.ts'

/** Objects of one insert: the engine opens them all at once. */
const LOAD_BLOCKS = 64

export interface ChainLoading {
  lake: Lake
  warehouse: Warehouse
  log: LoadLog
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

/** Loads what the warehouse does not have of a chain, as much at once as one insert takes. */
export async function loadChain(loading: ChainLoading): Promise<void> {
  for (;;) {
    try {
      await loadOn(loading)
      return
    } catch (error) {
      // Another process loads too: from where it is now.
      if (!(error instanceof StaleLoad)) throw error
    }
  }
}

async function loadOn({ lake, warehouse, log, chain, until, onLoaded }: ChainLoading): Promise<void> {
  const begin = await finishedEnd({ lake, warehouse, log, chain, onLoaded })
  let blocks: BlockFacts[] = []
  const load = async () => {
    if (blocks.length === 0) return
    const planned = await log.plan(rangesOf(blocks))
    await loadRows(warehouse, planned, blocks)
    await recordLoad(warehouse, planned, blocks)
    onLoaded(rowsOf(blocks))
    blocks = []
  }
  for await (const block of blocksFrom(lake, chain, begin)) {
    if (until !== undefined && block.end > until) break
    if (blocks.length === LOAD_BLOCKS || rowsOf([...blocks, block]) > BLOCK_ROWS_LIMIT) await load()
    blocks.push(block)
  }
  await load()
}

/** Finishes what was begun of a chain. @returns where its loaded part ends */
async function finishedEnd({
  lake,
  warehouse,
  log,
  chain,
  onLoaded,
}: Omit<ChainLoading, 'until'>): Promise<bigint> {
  for (;;) {
    const { unfinished, ends } = await log.look([chain])
    for (const load of unfinished) {
      const blocks = await blocksOf(lake, load.ranges)
      await loadRows(warehouse, load, blocks)
      await recordLoad(warehouse, load, blocks)
      onLoaded(rowsOf(blocks))
    }
    if (unfinished.length === 0) return ends.get(chainPrefix(chain)) ?? 0n
  }
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
