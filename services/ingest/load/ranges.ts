/** Loading blocks: from objects of the lake into the fact table, the dead letters and the ledger, once each. */
import { BLOCK_COLUMNS, blockKey, type ColumnType, chainPrefix } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS, type EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LAKE_COLLECTION, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { BlockFacts } from './block-facts.ts'
import {
  confirmLoaded,
  IS_NEXT,
  planRange,
  type Range,
  rangeParameters,
  rangeToken,
  staleOf,
  TOKEN_COUNTS,
} from './chain-progress.ts'

/** The most rows that one load may hold: up to here one insert is one part, and one token covers it. */
export const BLOCK_ROWS_LIMIT = 1_000_000

/** One insert, one part, one token; the views remember tokens of their own. */
export const ONE_PART = {
  max_insert_threads: '1',
  max_block_size: String(BLOCK_ROWS_LIMIT),
  max_insert_block_size: String(BLOCK_ROWS_LIMIT),
  min_insert_block_size_rows: String(BLOCK_ROWS_LIMIT),
  min_insert_block_size_bytes: '0',
  // An object is read in one piece, or its pieces would be copied together into that block.
  input_format_parquet_max_block_size: String(BLOCK_ROWS_LIMIT),
  input_format_parquet_prefer_block_bytes: '1073741824',
  ...TOKEN_COUNTS,
  deduplicate_blocks_in_dependent_materialized_views: 1 as const,
  // Or the `p=03` of the name would become a column.
  use_hive_partitioning: 0 as const,
}

export const LOAD_SETTINGS = {
  ...ONE_PART,
  // The views group what they write, so summing it once more would only take time.
  optimize_on_insert: 0 as const,
}

/** Types in which the engine reads columns of a block: null becomes empty text or 0 where the type has no null. */
const READ_AS: Record<ColumnType, string> = {
  utf8: 'String',
  int32: 'Int32',
  int64: 'Int64',
  hash64: 'Int64',
  timestamp_ms: "DateTime64(3, ''UTC'')",
  date: 'Date32',
  binary: 'String',
}
/** Columns whose null means something. */
const KEEP_NULL = new Set(['reason', 'expires_on', 'amount'])
/** Columns that are there for refused rows only, and those that say nothing of a single event. */
const REFUSED_ONLY = new Set(['reason', 'detail', 'payload', 'line_count'])

/** Column of the block that holds the message's id. */
const MESSAGE_ID: Record<EventTopic, string> = {
  'sales-transactions': 'basket_id',
  'inventory-updates': 'movement_id',
  'pos-events': 'event_id',
}

interface Inserts {
  facts: string
  deadLetters: string
}

/** A table function that reads columns of blocks, by the pattern in its parameter `names`. */
export function readBlocks(topic: EventTopic, columns: readonly string[]): string {
  const structure = BLOCK_COLUMNS[topic]
    .filter(({ name }) => columns.includes(name))
    .map(({ name, type }) => `${name} ${KEEP_NULL.has(name) ? `Nullable(${READ_AS[type]})` : READ_AS[type]}`)
  return `s3(${LAKE_COLLECTION}, filename = {names:String}, format = 'Parquet', structure = '${structure.join(', ')}')`
}

/** Columns of the fact table of a topic. */
export function factColumns(topic: EventTopic): string[] {
  return BLOCK_COLUMNS[topic]
    .map(({ name }) => name)
    .filter((name) => !REFUSED_ONLY.has(name) && (name !== 'line_no' || topic === 'sales-transactions'))
}

/** Columns of a dead letter, but for the message's id. */
export const DEAD_LETTER_COLUMNS = [
  'topic',
  'epoch',
  'partition',
  'offset',
  'line_no',
  'produced_at',
  'reason',
  'detail',
  'payload',
  'line_count',
  'replay_of',
  'store_id',
]

/** Columns of the ledger that are known of a block before it is loaded. */
export const LEDGER_COLUMNS = [
  'key',
  'topic',
  'epoch',
  'partition',
  'begin_offset',
  'end_offset',
  'messages',
  'rows_accepted',
  'rows_refused',
  'offsets_missing',
  'bytes',
  'produced_min',
  'produced_max',
  'topic_id',
]

function insertsOf(topic: EventTopic): Inserts {
  const facts = factColumns(topic)
  const thread = DEAD_LETTER_COLUMNS
  return {
    facts: `
      insert into ${FACT_TABLE[topic]} (${facts.join(', ')})
      select ${facts.join(', ')}
      from ${readBlocks(topic, [...facts, 'reason'])}
      where reason is null and ${IS_NEXT}`,
    deadLetters: `
      insert into ${DEAD_LETTER_TABLE} (${thread.join(', ')}, message_id)
      select ${thread.join(', ')}, ${MESSAGE_ID[topic]}
      from ${readBlocks(topic, [...thread, MESSAGE_ID[topic]])}
      where reason is not null and ${IS_NEXT}`,
  }
}

const INSERTS = Object.fromEntries(EVENT_TOPICS.map((topic) => [topic, insertsOf(topic)])) as Record<
  EventTopic,
  Inserts
>

/**
 * Plans consecutive blocks of a chain as one range and loads their rows; `recordBlocks` comes next. Repeating it, from
 * anywhere, changes nothing.
 *
 * @param blocks from the chain's loaded end to where the plan ends, if there is one; at most BLOCK_ROWS_LIMIT rows
 * @throws StaleRange when that is not what comes next: another process has loaded or planned, or the tables were
 *   emptied. Ask loadedEnd and plannedEnd again, and go on from there.
 */
export async function loadRange(warehouse: Warehouse, blocks: readonly BlockFacts[]): Promise<void> {
  const range = rangeOf(blocks)
  const planEnd = await planRange(warehouse, range)
  if (planEnd !== range.end) throw staleOf(range, `the plan from ${range.begin} ends at ${planEnd}`)
  const { facts, deadLetters } = INSERTS[range.topic]
  const insert = (query: string, blocks: readonly BlockFacts[]) =>
    warehouse.command({
      query,
      query_params: { ...rangeParameters(range), names: namesOf(blocks) },
      clickhouse_settings: { ...LOAD_SETTINGS, insert_deduplication_token: rangeToken(range) },
    })
  const accepted = blocks.filter(({ rowsAccepted }) => rowsAccepted > 0)
  const refused = blocks.filter(({ rowsRefused }) => rowsRefused > 0)
  if (accepted.length > 0) await insert(facts, accepted)
  if (refused.length > 0) await insert(deadLetters, refused)
}

/**
 * Records that the blocks of a range are loaded in full.
 * @throws StaleRange when the range was not the one to be loaded: then it did not come in, or not by these blocks
 */
export async function recordBlocks(warehouse: Warehouse, blocks: readonly BlockFacts[]): Promise<void> {
  const range = rangeOf(blocks)
  const texts = (of: (block: BlockFacts) => string) => blocks.map(of)
  const integers = (of: (block: BlockFacts) => bigint | number) => blocks.map((block) => BigInt(of(block)))
  await warehouse.command({
    query: `
      insert into ${LEDGER_TABLE}
          (${LEDGER_COLUMNS.join(', ')})
      select
          key, {topic:String}, {epoch:Int32}, {partition:Int32}, begin_offset, end_offset, messages, rows_accepted,
          rows_refused, offsets_missing, bytes, fromUnixTimestamp64Milli(produced_min, 'UTC'),
          fromUnixTimestamp64Milli(produced_max, 'UTC'), topic_id
      from (select 1)
      array join
          {keys:Array(String)} as key,
          {begins:Array(Int64)} as begin_offset,
          {ends:Array(Int64)} as end_offset,
          {messages:Array(Int64)} as messages,
          {accepted:Array(Int64)} as rows_accepted,
          {refused:Array(Int64)} as rows_refused,
          {missing:Array(Int64)} as offsets_missing,
          {bytes:Array(Int64)} as bytes,
          {produced_min:Array(Int64)} as produced_min,
          {produced_max:Array(Int64)} as produced_max,
          {topic_ids:Array(String)} as topic_id
      where ${IS_NEXT}`,
    query_params: {
      ...rangeParameters(range),
      keys: texts(({ name }) => blockKey(name)),
      begins: integers(({ begin }) => begin),
      ends: integers(({ end }) => end),
      messages: integers(({ messages }) => messages),
      accepted: integers(({ rowsAccepted }) => rowsAccepted),
      refused: integers(({ rowsRefused }) => rowsRefused),
      missing: integers(({ offsetsMissing }) => offsetsMissing),
      bytes: integers(({ bytes }) => bytes),
      // A block of gaps alone has no message, and Infinity as its earliest time.
      produced_min: integers(({ producedMin, producedMax }) => Math.min(producedMin, producedMax)),
      produced_max: integers(({ producedMax }) => producedMax),
      topic_ids: texts(({ topicId }) => topicId),
    },
    clickhouse_settings: { ...LOAD_SETTINGS, insert_deduplication_token: rangeToken(range) },
  })
  await confirmLoaded(warehouse, range)
}

function rangeOf(blocks: readonly BlockFacts[]): Range {
  const [first] = blocks
  if (!first) throw new Error('A range has at least one block.')
  let end = first.begin
  let rows = 0
  for (const block of blocks) {
    if (block.begin !== end || chainPrefix(block) !== chainPrefix(first))
      throw new Error(`Block ${block.name} does not follow on offset ${end} of ${chainPrefix(first)}.`)
    end = block.end
    rows += block.rowsAccepted + block.rowsRefused
  }
  if (blocks.length > 1 && rows > BLOCK_ROWS_LIMIT)
    throw new Error(
      `Blocks from ${first.name} on have ${rows} rows; one load takes ${BLOCK_ROWS_LIMIT}. Load them in several ranges.`,
    )
  const { topic, epoch, partition, begin } = first
  return { topic, epoch, partition, begin, end }
}

/** Names as one pattern. */
export function namesOf(blocks: readonly BlockFacts[]): string {
  const [first] = blocks
  if (blocks.length === 1) return first!.name
  const folder = chainPrefix(first!)
  return `${folder}{${blocks.map(({ name }) => name.slice(folder.length)).join(',')}}`
}
