/** What the warehouse knows of a chain, for a process that takes its partition over. */
import type { Chain } from '@shelfcast/contracts/lake'
import { LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { finishEmptying } from './emptying.ts'
import { whileLoaded } from './message-positions.ts'

// As text: an offset may be past what a JSON number holds.
const EXACT = { output_format_json_quote_64bit_integers: 1 } as const

/**
 * The newest block of a chain that is loaded in full: its first offset, and the one after its last.
 * @throws while the tables are being emptied for a rebuild
 */
export async function newestLoaded(
  warehouse: Warehouse,
  { topic, epoch, partition }: Chain,
): Promise<{ begin: bigint; end: bigint } | undefined> {
  await finishEmptying(warehouse)
  const answer = await warehouse.query({
    query: `
      select begin_offset, end_offset
      from ${LEDGER_TABLE}
      where topic = {topic:String} and epoch = {epoch:Int32} and partition = {partition:Int32}
      order by begin_offset desc
      limit 1`,
    query_params: { topic, epoch, partition },
    clickhouse_settings: EXACT,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ begin_offset: string; end_offset: string }>()
  return row && { begin: BigInt(row.begin_offset), end: BigInt(row.end_offset) }
}

export interface KnownIds {
  /** Offset of the oldest. */
  from: number
  /** Two words of each hash, the lower first, in the order of their offsets. */
  words: Uint32Array
  /** Whether these are all that the chain accepted before the offset. */
  isComplete: boolean
}

/**
 * Hashes of what a chain accepted before an offset, the newest `limit` of them.
 * @throws when the warehouse does not hold the chain up to the offset
 */
export function knownIds(warehouse: Warehouse, chain: Chain, end: bigint, limit: number): Promise<KnownIds> {
  return whileLoaded(warehouse, chain, end, () => readIds(warehouse, chain, end, limit))
}

async function readIds(
  warehouse: Warehouse,
  { topic, epoch, partition }: Chain,
  end: bigint,
  limit: number,
): Promise<KnownIds> {
  const answer = await warehouse.exec({
    query: `
      select toUInt64(offset), reinterpretAsUInt64(id_hash)
      from
      (
          select offset, id_hash
          from message_positions
          where topic = {topic:String} and epoch = {epoch:Int32} and partition = {partition:Int32}
              and offset < {before:Int64}
          order by offset desc
          limit {limit:UInt64}
      )
      order by offset
      format RowBinary`,
    query_params: { topic, epoch, partition, before: String(end), limit: limit + 1 },
  })
  const chunks: Buffer[] = []
  for await (const chunk of answer.stream) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  const rows = bytes.length / 16
  const isComplete = rows <= limit
  const first = isComplete ? 0 : 1
  const words = new Uint32Array(2 * (rows - first))
  for (let row = first; row < rows; row++) {
    words[2 * (row - first)] = bytes.readUInt32LE(16 * row + 8)
    words[2 * (row - first) + 1] = bytes.readUInt32LE(16 * row + 12)
  }
  return {
    from: rows > first ? Number(bytes.readBigUInt64LE(16 * first)) : Number(end),
    words,
    isComplete,
  }
}
