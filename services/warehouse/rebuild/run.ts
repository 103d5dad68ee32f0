/** Fills the warehouse again from the lake, and says whether it came out the same. */
import { isDeepStrictEqual } from 'node:util'
import { type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import { chainHead, expiredText } from '../chain-head.ts'
import type { Warehouse } from '../client.ts'
import { emptyTables } from '../emptying.ts'
import { chainsOf, loadChain } from './chains.ts'
import { type Figures, figuresOf, ledgerEnds } from './figures.ts'

// One reads from the object store while the other sorts and writes.
const CHAINS_AT_ONCE = 2

const DAY_MS = 86_400_000

export interface Rebuilt {
  before: Figures
  after: Figures
  isEqual: boolean
  /** Rows of blocks that the lake had and the warehouse did not. */
  rowsAdded: number
}

/**
 * @param onProgress told how many rows are loaded of those that there were
 * @throws before anything is emptied, where blocks have expired without which rows would be missing
 */
export async function rebuildWarehouse(options: {
  lake: Lake
  warehouse: Warehouse
  onProgress(rows: number, total: number): void
}): Promise<Rebuilt> {
  const { lake, warehouse, onProgress } = options
  const ends = await ledgerEnds(warehouse)
  const total = ends.reduce((sum, { rows }) => sum + rows, 0)
  await requireHeads(lake, ends)
  // What expires while the rebuild is at work is in neither figure.
  const until = new Date(Date.now() + DAY_MS)
  const before = await figuresOf(warehouse, until)
  await emptyTables(warehouse)
  let loaded = 0
  const onLoaded = (rows: number) => {
    loaded += rows
    onProgress(loaded, total)
  }
  // First what was there, so that like is compared with like; then what the lake has beyond it.
  await eachAtOnce(ends, (chain) => loadChain({ lake, warehouse, chain, until: chain.end, onLoaded }))
  const after = await figuresOf(warehouse, until)
  const rowsBefore = loaded
  await eachAtOnce(await chainsOf(lake), (chain) => loadChain({ lake, warehouse, chain, onLoaded }))
  return { before, after, isEqual: isDeepStrictEqual(before, after), rowsAdded: loaded - rowsBefore }
}

/** @param ends where each chain ends in the ledger */
async function requireHeads(lake: Lake, ends: readonly (Chain & { end: bigint })[]): Promise<void> {
  const known = new Map([...(await chainsOf(lake)), ...ends].map((chain) => [chainPrefix(chain), chain]))
  for (const [prefix, chain] of known) {
    const end = ends.find((each) => chainPrefix(each) === prefix)?.end ?? 0n
    const head = (await chainHead(lake, chain)) ?? end
    if (head > 0n) throw new Error(`Nothing was emptied. ${expiredText(chain, 0n, head)}`)
  }
}

async function eachAtOnce<C extends Chain>(
  chains: readonly C[],
  work: (chain: C) => Promise<void>,
): Promise<void> {
  const waiting = [...chains].sort((a, b) => chainPrefix(a).localeCompare(chainPrefix(b)))
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: CHAINS_AT_ONCE }, worker))
}
