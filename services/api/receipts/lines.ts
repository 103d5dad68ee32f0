/** Lines of baskets, by the names of their basket or by their place in Kafka. */
import { identityHash } from '@shelfcast/contracts/identity'
import { blockKey } from '@shelfcast/contracts/lake'
import type { Proof, ReceiptOf } from '@shelfcast/contracts/receipts'
import { LAKE_COLLECTION } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { SALE_COLUMNS, SALES_TOPIC, type SaleFact } from './facts.ts'
import type { Parameters, Prove } from './hops.ts'
import { LAKE_SETTINGS } from './objects.ts'

export interface Lines {
  lines: SaleFact[]
  proofs: Proof[]
}

/** Of a basket, all lines: also those that were corrected and sent again in messages of their own. */
export async function linesOfBasket(
  prove: Prove,
  { store_id, basket_id }: { store_id: string; basket_id: string },
  most: number,
  after?: { line_no: number; offset: number },
): Promise<Lines> {
  const positions = await prove<{ epoch: number; partition: number; offset: number }>(
    `
    select epoch, partition, offset
    from message_positions
    where topic = {topic:String} and id_hash = {id_hash:Int64}
    order by epoch, offset
    limit 1`,
    { topic: SALES_TOPIC, id_hash: String(identityHash(store_id, basket_id)) },
  )
  const proofs = [positions.proof]
  const [position] = positions.rows
  // Without a message of its own, a basket is what was corrected of it: those are few, and found by reading the store.
  const moment = await prove<{ at: string }>(
    `
    select toString(event_time, 'UTC') as at
    from fact_sales
    where store_id = {store_id:String}
        and basket_id = {basket_id:String}${
          position
            ? `
        and epoch = {epoch:Int32}
        and partition = {partition:Int32}
        and offset = {offset:Int64}`
            : `
        and replay_of != ''`
        }
    limit 1`,
    { store_id, basket_id, ...position },
  )
  proofs.push(moment.proof)
  const [first] = moment.rows
  if (!first) return { lines: [], proofs }
  const { rows, proof } = await prove<SaleFact>(
    `
    select
        ${SALE_COLUMNS}
    from fact_sales as sales
    where sales.store_id = {store_id:String}
        and sales.event_time = toDateTime64({at:String}, 3, 'UTC')
        and sales.basket_id = {basket_id:String}${
          after
            ? '\n        and (sales.line_no, sales.offset) > ({after_line:Int32}, {after_offset:Int64})'
            : ''
        }
    order by sales.line_no, sales.offset
    limit {limit:UInt32}`,
    {
      store_id,
      basket_id,
      at: first.at,
      limit: most,
      ...(after && { after_line: after.line_no, after_offset: after.offset }),
    },
  )
  return { lines: rows, proofs: [...proofs, proof] }
}

/** Of a message, all lines, or one of them. */
export async function linesAt(
  prove: Prove,
  { epoch, partition, offset, line_no }: Omit<ReceiptOf<'line'>, 'kind' | 'topic'>,
  most: number,
): Promise<Lines> {
  const { rows, proof } = await prove<SaleFact>(
    `
    select
        ${SALE_COLUMNS}
    from fact_sales as sales
    where sales.epoch = {epoch:Int32}
        and sales.partition = {partition:Int32}
        and sales.offset = {offset:Int64}
        and {line_no:Int32} in (0, sales.line_no)
    order by sales.line_no
    limit {limit:UInt32}`,
    { epoch, partition, offset, line_no, limit: most },
  )
  return { lines: rows, proofs: [proof] }
}

/**
 * Whether the block of a line says in the lake what the warehouse says of it.
 * @returns null where the lake does not answer
 */
export async function sameInLake(read: Reader, key: string, line: SaleFact): Promise<boolean | null> {
  const parameters: Parameters = {
    object: key.slice(blockKey('').length),
    offset: line.offset,
    line_no: line.line_no,
  }
  try {
    const [row] = await read<SaleFact>(
      `
      select
        ${SALE_COLUMNS}
      from s3(${LAKE_COLLECTION}, filename = {object:String}, format = 'Parquet') as sales
      where sales.offset = {offset:Int64} and sales.line_no = {line_no:Int32} and sales.reason is null
      limit 1
      settings ${LAKE_SETTINGS}`,
      parameters,
    )
    return row !== undefined && JSON.stringify(row) === JSON.stringify(line)
  } catch {
    return null
  }
}
