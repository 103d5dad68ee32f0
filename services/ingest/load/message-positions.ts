/** The long memory of repetition: which messages a chain has accepted, by the hash of store and id. */
import { type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { emptyings } from './emptying.ts'
import { loadedEnd } from './log.ts'

/** 64 bits as two words, unsigned. */
export interface HashWords {
  low: number
  high: number
}

/**
 * Which of these hashes the chain accepted before an offset.
 * @throws when the warehouse does not hold the chain up to the offset: then it does not know
 */
export async function acceptedHashes<Hash extends HashWords>(
  warehouse: Warehouse,
  chain: Chain,
  hashes: readonly Hash[],
  end: bigint,
): Promise<Hash[]> {
  const signed = hashes.map(({ low, high }) => BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)))
  const hits = await whileLoaded(warehouse, chain, end, async () => {
    const { topic, epoch, partition } = chain
    const answer = await warehouse.query({
      query: `
        select distinct id_hash
        from message_positions
        where topic = {topic:String} and epoch = {epoch:Int32} and partition = {partition:Int32}
            and id_hash in {hashes:Array(Int64)} and offset < {before:Int64}`,
      query_params: { topic, epoch, partition, before: String(end), hashes: signed },
      // As text: a hash has all of its 64 bits.
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      format: 'JSONEachRow',
    })
    return new Set((await answer.json<{ id_hash: string }>()).map(({ id_hash }) => id_hash))
  })
  return hashes.filter((_, index) => hits.has(String(signed[index])))
}

/**
 * Asks what the warehouse holds of a chain before an offset.
 * @throws when it does not hold all of that, from before the question to after the answer
 */
export async function whileLoaded<T>(
  warehouse: Warehouse,
  chain: Chain,
  end: bigint,
  ask: () => Promise<T>,
): Promise<T> {
  const emptied = await emptyings(warehouse)
  const loaded = await loadedEnd(warehouse, chain)
  if (loaded < end)
    throw new Error(
      `The warehouse holds ${chainPrefix(chain)} up to offset ${loaded}, and the question is about what came before ${end}. Ask again when that is loaded.`,
    )
  const answer = await ask()
  if ((await emptyings(warehouse)) !== emptied)
    throw new Error(
      'The warehouse was emptied for a rebuild while it was asked. Ask again when it holds the chain.',
    )
  return answer
}
