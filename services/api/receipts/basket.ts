/** Baskets and their lines, by their names or by their place in Kafka; and what the gate refused of them. */

import { identityHash } from '@shelfcast/contracts/identity'
import { blockKey, positionText } from '@shelfcast/contracts/lake'
import { type Hop, type Proof, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { explain } from '@shelfcast/contracts/refusals'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, LAKE_COLLECTION } from '@shelfcast/contracts/warehouse'
import { ClickHouseError } from '@shelfcast/warehouse/client'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { lineId, SALE_COLUMNS, SALES_TOPIC, type SaleFact } from './facts.ts'
import { badMark, hopOf, linksOf, type Page, type Parameters, type Prove, pageOf } from './hops.ts'

/** Refused lines of a basket or a message that are told: more are on the page of the dead letters. */
const LETTERS = 20

interface Lines {
  lines: SaleFact[]
  proofs: Proof[]
}

interface Letter {
  topic: EventTopic
  epoch: number
  partition: number
  offset: number
  line_no: number
  reason: string
  detail: string
  line_count: number
  store_id: string
  message_id: string
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

const LETTER_COLUMNS = `topic, epoch, partition, offset, line_no, reason, detail, line_count, store_id, message_id`

const lettersOfBasket = (prove: Prove, parts: { store_id: string; basket_id: string }) =>
  prove<Letter>(
    `
    select ${LETTER_COLUMNS}
    from ${DEAD_LETTER_TABLE}
    where topic = {topic:String} and message_id = {basket_id:String} and store_id in ({store_id:String}, '')
    order by epoch, offset, line_no
    limit ${LETTERS}`,
    { ...parts, topic: SALES_TOPIC },
  )

export const lettersAt = (
  prove: Prove,
  { topic, epoch, partition, offset }: Omit<ReceiptOf<'line'>, 'kind' | 'line_no'>,
) =>
  prove<Letter>(
    `
    select ${LETTER_COLUMNS}
    from ${DEAD_LETTER_TABLE}
    where topic = {topic:String}
        and epoch = {epoch:Int32}
        and partition = {partition:Int32}
        and offset = {offset:Int64}
    order by line_no
    limit ${LETTERS}`,
    { topic, epoch, partition, offset },
  )

const letterWords = (letters: readonly Letter[]): string =>
  letters
    .slice(0, 3)
    .map(({ line_no, reason, detail }) => {
      const { rule } = explain(reason)
      return `${line_no === 0 ? 'the message' : `line ${line_no}`} was refused as ${reason} (${detail}); the rule: ${rule}`
    })
    .join('. ')

const letterRows = (letters: readonly Letter[]) =>
  letters.map(({ topic, epoch, partition, offset, line_no, ...letter }) => ({
    id: receiptId('block', { topic, epoch, partition, offset }),
    figures: {
      dead_letter: positionText({ topic, epoch, partition, offset: BigInt(offset), line: line_no }),
      ...letter,
    },
  }))

/** A basket, a message or a line of one, with what the gate refused of it. */
export async function basketHop(
  prove: Prove,
  parts: Omit<ReceiptOf<'basket'>, 'kind'>,
  { limit, after }: Page,
): Promise<{ hop: Hop; lines: SaleFact[]; letters: Letter[] }> {
  const [{ lines, proofs }, letters] = await Promise.all([
    linesOfBasket(prove, parts, limit + 1, after === undefined ? undefined : parseMark(after)),
    lettersOfBasket(prove, parts),
  ])
  const { page, isMore } = pageOf(lines, limit)
  const last = page.at(-1)
  return {
    lines: page,
    letters: letters.rows,
    hop: hopOf('basket', parts, {
      ...contentOf(`Basket ${parts.basket_id} of store ${parts.store_id}`, page, letters.rows),
      next: isMore ? `${last!.line_no}~${last!.offset}` : null,
      proofs: [...proofs, letters.proof],
    }),
  }
}

const MARK = /^(\d{1,9})~(\d{1,15})$/

function parseMark(after: string) {
  const match = MARK.exec(after)
  if (!match) throw badMark(after)
  return { line_no: Number(match[1]), offset: Number(match[2]) }
}

export function lineHop(
  kind: 'line' | 'scan',
  id: string | null,
  { lines, proofs }: Lines,
  letters: { rows: Letter[]; proof: Proof } | undefined,
): Hop {
  const [line] = lines
  const name = line
    ? `Line ${line.line_no} of basket ${line.basket_id} of store ${line.store_id}`
    : (id ?? 'the line')
  return {
    kind,
    id,
    figures: {},
    next: null,
    ...contentOf(name, lines, letters?.rows ?? []),
    links: line
      ? linksOf(
          receiptId('basket', { store_id: line.store_id, basket_id: line.basket_id }),
          receiptId('day', { store_id: line.store_id, sku: line.sku, day: line.business_date }),
        )
      : [],
    proofs: [...proofs, ...(letters ? [letters.proof] : [])],
  }
}

export async function lettersOf(prove: Prove, parts: { store_id: string; basket_id: string }) {
  return lettersOfBasket(prove, parts)
}

function contentOf(name: string, lines: readonly SaleFact[], letters: readonly Letter[]) {
  const [first] = lines
  const refused = letters.length === 0 ? '' : ` ${letterWords(letters)}.`
  return {
    words: first
      ? `${name}: ${first.kind} on ${first.business_date}, ${lines.length} lines.${refused}`
      : `${name} is in no basket that was accepted.${refused}`,
    rows: [...lines.map((line) => ({ id: lineId(line), figures: { ...line } })), ...letterRows(letters)],
    links: [] as string[],
    missing:
      first || letters.length > 0
        ? null
        : `Neither fact_sales nor dead_letters has ${name}: it was never sent, it is not loaded yet, or its retention has ended (npm run retention).`,
  }
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
      settings use_hive_partitioning = 0`,
      parameters,
    )
    return row !== undefined && JSON.stringify(row) === JSON.stringify(line)
  } catch (error) {
    if (error instanceof ClickHouseError) return null
    throw error
  }
}
