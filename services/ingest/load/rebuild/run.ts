/** Fills the warehouse again from the lake, and says whether it came out the same. */

import { isDeepStrictEqual } from 'node:util'
import { DAY_MS } from '@shelfcast/contracts/dates'
import { type Chain, chainOf, chainPrefix } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { chainHead, expiredText } from '../chain-head.ts'
import { emptyTables } from '../emptying.ts'
import { LoadLog } from '../log.ts'
import { chainsOf, loadChain } from './chains.ts'
import { fillFromCurated, limitsFor, readCurated } from './curated.ts'
import { type Figures, figuresOf, ledgerEnds } from './figures.ts'

// One reads from the object store while the other sorts and writes.
const CHAINS_AT_ONCE = 2

/** `raw`: all from blocks. `curated`: from the curated tables what they hold, and the rest from blocks. */
export const SOURCES = ['raw', 'curated'] as const
export type Source = (typeof SOURCES)[number]

export interface Rebuilt {
  before: Figures
  after: Figures
  isEqual: boolean
  /** Where rows came from. */
  source: Source
  /** Rows of blocks that the lake had and the warehouse did not. */
  rowsAdded: number
}

/**
 * @param from absent: `curated` where blocks have expired
 * @param onProgress told how many rows are loaded of those that there were
 * @throws before anything is emptied, where blocks have expired without which rows would be missing
 */
export async function rebuildWarehouse(options: {
  lake: Lake
  warehouse: Warehouse
  from?: Source | undefined
  onProgress(rows: number, total: number): void
}): Promise<Rebuilt> {
  const { lake, warehouse, onProgress } = options
  const ends = await ledgerEnds(warehouse)
  const total = ends.reduce((sum, { rows }) => sum + rows, 0)
  const heads = await headsOf(lake, ends)
  const source = options.from ?? ([...heads.values()].some((head) => head > 0n) ? 'curated' : 'raw')
  const curated = source === 'curated' ? await readCurated(lake) : undefined
  if (source === 'curated' && options.from && !curated)
    throw new Error('Nothing was emptied. The curated zone is empty; fill it first: npm run jobs -- compact')
  const limits = curated ? limitsFor(curated, ends, heads) : new Map<string, bigint>()
  requireBlocks(heads, limits)
  // What expires while the rebuild is at work is in neither figure.
  const until = new Date(Date.now() + DAY_MS)
  const oldFigures = await figuresOf(warehouse, until)
  let loaded = 0
  const onLoaded = (rows: number) => {
    loaded += rows
    onProgress(loaded, total)
  }
  await emptyTables(
    warehouse,
    curated && ((rebuild) => fillFromCurated({ warehouse, curated, limits, rebuild, onLoaded })),
  )
  // First what was there, so that like is compared with like; then what the lake has beyond it.
  const log = new LoadLog(warehouse)
  await eachAtOnce(ends, (chain) => loadChain({ lake, warehouse, log, chain, until: chain.end, onLoaded }))
  const newFigures = await figuresOf(warehouse, until)
  const rowsBefore = ends.length === 0 ? 0 : loaded
  await eachAtOnce(await chainsOf(lake), (chain) => loadChain({ lake, warehouse, log, chain, onLoaded }))
  return {
    before: oldFigures,
    after: newFigures,
    // An empty warehouse was nothing to compare with.
    isEqual: ends.length === 0 || isDeepStrictEqual(oldFigures, newFigures),
    source,
    rowsAdded: loaded - rowsBefore,
  }
}

/** By the chain's folder, where its blocks begin: past 0 where some have expired. */
async function headsOf(lake: Lake, ends: readonly (Chain & { end: bigint })[]): Promise<Map<string, bigint>> {
  const chains = new Map([...(await chainsOf(lake)), ...ends].map((chain) => [chainPrefix(chain), chain]))
  const heads = new Map<string, bigint>()
  for (const [prefix, chain] of chains) {
    const end = ends.find((each) => chainPrefix(each) === prefix)?.end ?? 0n
    heads.set(prefix, (await chainHead(lake, chain)) ?? end)
  }
  return heads
}

/** @param limits where loading from blocks begins, by chain; 0 where it is absent */
function requireBlocks(heads: ReadonlyMap<string, bigint>, limits: ReadonlyMap<string, bigint>): void {
  for (const [prefix, head] of heads) {
    const begin = limits.get(prefix) ?? 0n
    if (head > begin) throw new Error(`Nothing was emptied. ${expiredText(chainOf(prefix)!, begin, head)}`)
  }
}

async function eachAtOnce<C extends Chain>(
  chains: readonly C[],
  work: (chain: C) => Promise<void>,
): Promise<void> {
  const queue = [...chains].sort((a, b) => chainPrefix(a).localeCompare(chainPrefix(b)))
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: CHAINS_AT_ONCE }, worker))
}
