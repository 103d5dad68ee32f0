/** What the lake holds of dead letters: the block of each, and in it the basket that a refused line came in. */
import type { Envelope } from '@shelfcast/contracts/dead-letters'
import { blockKey, type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import { LAKE_COLLECTION, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import { ClickHouseError } from '@shelfcast/warehouse/client'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'

/** Blocks that one query opens: each costs some requests to the object store. */
const BLOCKS_AT_ONCE = 50

export interface Place extends Chain {
  offset: number
}

/** Key of the block that holds each place, in their order; undefined where the ledger does not name it yet. */
export async function readBlocks(read: Reader, places: readonly Place[]): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = places.map(() => undefined)
  for (const [chain, indexes] of byChain(places)) {
    const rows = await read<{ offset: number; key: string }>(
      `
      select offset, key
      from
      (
          select arrayJoin({offsets:Array(Int64)}) as offset, 1 as one
      ) as wanted
      asof join
      (
          select key, begin_offset, end_offset, 1 as one
          from ${LEDGER_TABLE}
          where topic = {topic:String} and epoch = {epoch:Int32} and partition = {partition:Int32}
      ) as blocks
      on wanted.one = blocks.one and wanted.offset >= blocks.begin_offset
      where offset < end_offset`,
      { ...chain, offsets: [...new Set(indexes.map((index) => places[index]!.offset))] },
    )
    const keyAt = new Map(rows.map((row) => [row.offset, row.key]))
    for (const index of indexes) keys[index] = keyAt.get(places[index]!.offset)
  }
  return keys
}

interface EnvelopeRow extends Omit<Envelope, 'event_time'> {
  offset: number
  event_ms: number
}

/**
 * What the baskets at these places say beside their lines, in their order; undefined where the ledger names no block.
 * @throws when the lake cannot be read
 */
export async function readEnvelopes(
  read: Reader,
  places: readonly Place[],
): Promise<(Envelope | undefined)[]> {
  const envelopes: (Envelope | undefined)[] = places.map(() => undefined)
  const keys = await readBlocks(read, places)
  for (const [chain, indexes] of byChain(places)) {
    const prefix = chainPrefix(chain)
    const names = [...new Set(indexes.flatMap((index) => keys[index] ?? []))].map((key) =>
      key.slice(blockKey(prefix).length),
    )
    const offsets = [...new Set(indexes.map((index) => places[index]!.offset))]
    const envelopeAt = new Map<number, Envelope>()
    for (let at = 0; at < names.length; at += BLOCKS_AT_ONCE) {
      const batch = names.slice(at, at + BLOCKS_AT_ONCE)
      for (const { offset, event_ms, ...row } of await readRefused(read, prefix, batch, offsets)) {
        envelopeAt.set(offset, { ...row, event_time: new Date(event_ms).toISOString() })
      }
    }
    for (const index of indexes) envelopes[index] = envelopeAt.get(places[index]!.offset)
  }
  return envelopes
}

async function readRefused(
  read: Reader,
  prefix: string,
  names: readonly string[],
  offsets: readonly number[],
): Promise<EnvelopeRow[]> {
  try {
    return await read<EnvelopeRow>(
      `
      select distinct
          offset,
          basket_id,
          kind,
          store_id,
          till_id,
          cashier_id,
          customer_id,
          toUnixTimestamp64Milli(event_time) as event_ms,
          currency,
          payment
      from s3(${LAKE_COLLECTION}, filename = {objects:String}, format = 'Parquet')
      where offset in {offsets:Array(Int64)} and reason is not null and line_no > 0
      settings use_hive_partitioning = 0`,
      { objects: prefix + (names.length === 1 ? names[0] : `{${names.join(',')}}`), offsets },
    )
  } catch (error) {
    if (!(error instanceof ClickHouseError)) throw error
    throw fault(
      503,
      'lake_unreadable',
      `The warehouse could not read ${names.length} blocks of ${prefix} in the raw zone: ${error.message.slice(0, 300)}. ` +
        'Start the object store, then ask again; from a block that has expired (npm run retention), nothing can be corrected.',
    )
  }
}

/** Indexes of the places of each chain. */
function byChain(places: readonly Place[]): [Chain, number[]][] {
  const chains = new Map<string, [Chain, number[]]>()
  for (const [index, { topic, epoch, partition }] of places.entries()) {
    const chain = { topic, epoch, partition }
    const entry = chains.get(chainPrefix(chain))
    if (entry) entry[1].push(index)
    else chains.set(chainPrefix(chain), [chain, [index]])
  }
  return [...chains.values()]
}
