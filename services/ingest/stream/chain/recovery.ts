/** What a process needs to know before it builds on a chain: where it ends, what is not loaded, what was accepted. */
import { blockName, type Chain } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { ChainError } from '../../load/attempts.ts'
import type { BlockFacts } from '../../load/block-facts.ts'
import { blocksFrom } from '../../load/blocks.ts'
import { knownIds, newestLoaded } from '../../load/positions.ts'
import type { Clocks } from '../gate/lateness.ts'
import { readColumns, readMetadata } from '../parquet/read.ts'
import { clocksIn } from './block.ts'
import type { IdMemory } from './ids.ts'

export interface ChainState {
  /** Offset up to which the ledger has all. */
  loaded: number
  /** First offset that no block of the lake covers. */
  end: number
  /** Blocks that the ledger does not have, in their order. */
  unloaded: BlockFacts[]
  clocks: Clocks
}

/**
 * Walks the chain from where the ledger ends, and fills the memory of ids: from the warehouse with what is loaded, from
 * the blocks themselves with what is not.
 * @param idLimit the most ids to take from the warehouse
 * @throws ChainError when the chain has a gap
 */
export async function recoverChain(options: {
  lake: Lake
  warehouse: Warehouse
  chain: Chain
  memory: IdMemory
  idLimit: number
}): Promise<ChainState> {
  const { lake, warehouse, chain, memory } = options
  const loaded = await newestLoaded(warehouse, chain)
  let clocks: Clocks = new Map()
  if (loaded) {
    const past = await knownIds(warehouse, chain, loaded.end, options.idLimit)
    memory.beginBlock(past.from)
    for (let at = 0; at < past.words.length; at += 2) memory.add(past.words[at]!, past.words[at + 1]!)
    if (!past.isComplete) memory.isComplete = false
    clocks = clocksIn(readMetadata(await newestBlock(lake, blockName(chain, loaded.begin))))
  }
  const unloaded: BlockFacts[] = []
  for await (const block of blocksFrom(lake, chain, loaded?.end ?? 0n)) {
    unloaded.push(block)
    const body = await lake.read('raw', block.name)
    memory.beginBlock(Number(block.begin))
    await rememberIds(body, memory)
    clocks = clocksIn(readMetadata(body))
  }
  const end = unloaded.at(-1)?.end ?? loaded?.end ?? 0n
  return { loaded: Number(loaded?.end ?? 0n), end: Number(end), unloaded, clocks }
}

/** The newest block of a chain never expires: what follows is judged by the clocks in it. */
async function newestBlock(lake: Lake, name: string): Promise<Uint8Array> {
  if (await lake.metadata('raw', name)) return lake.read('raw', name)
  throw new ChainError(
    `Block "raw/${name}" is the newest that is loaded of its chain, and it is not in the lake. Restore the object: the gate goes on from the clocks in it.`,
  )
}

async function rememberIds(body: Uint8Array, memory: IdMemory): Promise<void> {
  const table = await readColumns(body, ['id_hash'])
  const column = table.getChild('id_hash')!
  for (const hash of column) {
    if (hash === null) continue
    const bits = BigInt.asUintN(64, hash as bigint)
    memory.add(Number(bits & 0xffffffffn), Number(bits >> 32n))
  }
}
