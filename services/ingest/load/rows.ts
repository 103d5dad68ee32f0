/** Loading blocks: from objects of the lake into the fact tables, the dead letters and the ledger, once each. */
import { BLOCK_COLUMNS, blockKey, type ColumnType, chainPrefix } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS, type EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LAKE_COLLECTION, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { BlockFacts } from './block-facts.ts'
import { confirmLoaded, IS_PLANNED, type Load, loadParameters, type Range, TOKEN_COUNTS } from './log.ts'

/** The most rows of a topic that one load may hold: up to here one insert is one part, and one token covers it. */
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

const byTopic = (statement: (topic: EventTopic) => string) =>
  Object.fromEntries(EVENT_TOPICS.map((topic) => [topic, statement(topic)])) as Record<EventTopic, string>

const FACTS_INSERT = byTopic(
  (topic) => `
  insert into ${FACT_TABLE[topic]} (${factColumns(topic).join(', ')})
  select ${factColumns(topic).join(', ')}
  from ${readBlocks(topic, [...factColumns(topic), 'reason'])}
  where reason is null and ${IS_PLANNED}`,
)

const DEAD_LETTERS_INSERT = byTopic(
  (topic) => `
  insert into ${DEAD_LETTER_TABLE} (${DEAD_LETTER_COLUMNS.join(', ')}, message_id)
  select ${DEAD_LETTER_COLUMNS.join(', ')}, ${MESSAGE_ID[topic]}
  from ${readBlocks(topic, [...DEAD_LETTER_COLUMNS, MESSAGE_ID[topic]])}
  where reason is not null and ${IS_PLANNED}`,
)

/**
 * The ranges of blocks, chain by chain.
 * @param blocks those of a chain in their order, without a gap
 * @throws when there is a gap, or a topic has more rows than one load takes
 */
export function rangesOf(blocks: readonly BlockFacts[]): Range[] {
  const ranges = new Map<string, Range>()
  const rows = new Map<EventTopic, { count: number; blocks: number }>()
  for (const block of blocks) {
    const prefix = chainPrefix(block)
    const range = ranges.get(prefix)
    if (range && block.begin !== range.end)
      throw new Error(`Block ${block.name} does not follow on offset ${range.end} of ${prefix}.`)
    const { topic, epoch, partition, end } = block
    if (range) range.end = end
    else ranges.set(prefix, { topic, epoch, partition, begin: block.begin, end })
    const sum = rows.get(topic) ?? { count: 0, blocks: 0 }
    rows.set(topic, {
      count: sum.count + block.rowsAccepted + block.rowsRefused,
      blocks: sum.blocks + 1,
    })
  }
  // A single block may be larger: it cannot be taken apart.
  for (const [topic, { count, blocks }] of rows)
    if (blocks > 1 && count > BLOCK_ROWS_LIMIT)
      throw new Error(
        `Blocks of ${topic} have ${count} rows; one load takes ${BLOCK_ROWS_LIMIT}. Load them in several.`,
      )
  return [...ranges.values()]
}

/**
 * Loads the rows of a load; `recordLoad` comes next. Repeating it, from anywhere, changes nothing.
 *
 * @param blocks all that the load's ranges are made of
 */
export async function loadRows(
  warehouse: Warehouse,
  load: Load,
  blocks: readonly BlockFacts[],
): Promise<void> {
  requireRanges(load, blocks)
  for (const topic of EVENT_TOPICS) {
    const insert = (query: string, blocks: readonly BlockFacts[]) =>
      warehouse.command({
        query,
        query_params: { ...loadParameters(load), names: namesOf(blocks) },
        // Tables that several topics feed would take the second of them for a repetition.
        clickhouse_settings: { ...LOAD_SETTINGS, insert_deduplication_token: `${topic}/${load.token}` },
      })
    const ofTopic = blocks.filter((block) => block.topic === topic)
    const accepted = ofTopic.filter(({ rowsAccepted }) => rowsAccepted > 0)
    const refused = ofTopic.filter(({ rowsRefused }) => rowsRefused > 0)
    if (accepted.length > 0) await insert(FACTS_INSERT[topic], accepted)
    if (refused.length > 0) await insert(DEAD_LETTERS_INSERT[topic], refused)
  }
}

/**
 * Records that the blocks of a load are in the warehouse.
 * @throws StaleLoad when the load was not the one that was planned: then it did not come in
 */
export async function recordLoad(
  warehouse: Warehouse,
  load: Load,
  blocks: readonly BlockFacts[],
): Promise<void> {
  requireRanges(load, blocks)
  const texts = (of: (block: BlockFacts) => string) => blocks.map(of)
  const integers = (of: (block: BlockFacts) => bigint | number) => blocks.map((block) => BigInt(of(block)))
  await warehouse.command({
    query: `
      insert into ${LEDGER_TABLE}
          (${LEDGER_COLUMNS.join(', ')}, load)
      select
          key, topic, epoch, partition, begin_offset, end_offset, messages, rows_accepted, rows_refused, offsets_missing,
          bytes, fromUnixTimestamp64Milli(produced_min, 'UTC'), fromUnixTimestamp64Milli(produced_max, 'UTC'), topic_id,
          {number:Int64}
      from (select 1)
      array join
          {keys:Array(String)} as key,
          {topics:Array(String)} as topic,
          {epochs:Array(Int32)} as epoch,
          {partitions:Array(Int32)} as partition,
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
      where ${IS_PLANNED}`,
    query_params: {
      ...loadParameters(load),
      keys: texts(({ name }) => blockKey(name)),
      topics: texts(({ topic }) => topic),
      epochs: integers(({ epoch }) => epoch),
      partitions: integers(({ partition }) => partition),
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
    clickhouse_settings: { ...LOAD_SETTINGS, insert_deduplication_token: load.token },
  })
  await confirmLoaded(warehouse, load, blocks.length)
}

/** @throws when the blocks are not what the load is made of */
function requireRanges({ number, ranges }: Load, blocks: readonly BlockFacts[]): void {
  const text = (ranges: readonly Range[]) =>
    ranges.map((range) => `${chainPrefix(range)}${range.begin}-${range.end}`).sort()
  const planned = text(ranges)
  const actual = text(rangesOf(blocks))
  if (planned.join() !== actual.join())
    throw new Error(`Load ${number} is of ${planned.join(', ')}, and its blocks are ${actual.join(', ')}.`)
}

/** Names as one pattern. */
export function namesOf(blocks: readonly BlockFacts[]): string {
  const names = blocks.map(({ name }) => name)
  return names.length === 1 ? names[0]! : `{${names.join(',')}}`
}
