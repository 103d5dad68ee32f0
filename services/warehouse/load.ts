/** Loading blocks: from an object of the lake into the fact table, the dead letters and the ledger, once each. */
import { blockKey } from '@shelfcast/contracts/lake'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LAKE_COLLECTION, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from './client.ts'

/** A block as the ledger tells of it. Offsets are those of the partition; times are milliseconds since 1970. */
export interface BlockFacts {
  topic: EventTopic
  partition: number
  /** Object name inside the raw bucket. */
  name: string
  begin: bigint
  /** First offset after the block. */
  end: bigint
  messages: number
  rowsAccepted: number
  rowsRefused: number
  offsetsMissing: bigint
  bytes: number
  producedMin: number
  producedMax: number
}

/** The most rows that a block may hold: up to here one insert is one part, and one token covers it. */
export const BLOCK_ROWS_LIMIT = 1_000_000

/** One object, one part, one token; the views remember tokens of their own. */
export const ONE_PART = {
  max_insert_threads: '1',
  max_block_size: String(BLOCK_ROWS_LIMIT),
  max_insert_block_size: String(BLOCK_ROWS_LIMIT),
  min_insert_block_size_rows: String(BLOCK_ROWS_LIMIT),
  min_insert_block_size_bytes: '0',
  deduplicate_blocks_in_dependent_materialized_views: 1 as const,
  // Or the `p=03` of the name would become a column.
  use_hive_partitioning: 0 as const,
}

/** Columns of each fact table; those of the second list are empty text where the block has null. */
const FACT_COLUMNS: Record<EventTopic, { plain: string[]; emptied: string[] }> = {
  'sales-transactions': {
    plain: [
      ...[
        'topic',
        'partition',
        'offset',
        'line_no',
        'produced_at',
        'basket_id',
        'kind',
        'store_id',
        'till_id',
      ],
      ...['cashier_id', 'event_time', 'business_date', 'currency', 'payment', 'sku', 'quantity', 'unit'],
      ...['unit_price', 'gross_amount', 'discount', 'net_amount', 'scanned_at'],
    ],
    emptied: ['customer_id', 'promotion_id'],
  },
  'inventory-updates': {
    plain: [
      ...[
        'topic',
        'partition',
        'offset',
        'produced_at',
        'movement_id',
        'kind',
        'store_id',
        'sku',
        'event_time',
      ],
      ...['business_date', 'quantity', 'unit', 'expires_on'],
    ],
    emptied: ['lot', 'purchase_order_id'],
  },
  'pos-events': {
    plain: [
      ...[
        'topic',
        'partition',
        'offset',
        'produced_at',
        'event_id',
        'kind',
        'store_id',
        'till_id',
        'event_time',
      ],
      ...['business_date', 'amount'],
    ],
    emptied: ['cashier_id', 'basket_id', 'sku', 'note'],
  },
}

/** Column of the block that holds the message's id. */
const MESSAGE_ID: Record<EventTopic, string> = {
  'sales-transactions': 'basket_id',
  'inventory-updates': 'movement_id',
  'pos-events': 'event_id',
}

function factInsert(topic: EventTopic): string {
  const { plain, emptied } = FACT_COLUMNS[topic]
  return `
    insert into ${FACT_TABLE[topic]} (${[...plain, ...emptied].join(', ')})
    select ${[...plain, ...emptied.map((name) => `ifNull(${name}, '')`)].join(', ')}
    from s3(${LAKE_COLLECTION}, filename = {name:String}, format = 'Parquet')
    where reason is null`
}

function deadLetterInsert(topic: EventTopic): string {
  const same = [
    'topic',
    'partition',
    'offset',
    'line_no',
    'produced_at',
    'reason',
    'detail',
    'payload',
    'line_count',
  ]
  return `
    insert into ${DEAD_LETTER_TABLE} (${same.join(', ')}, store_id, message_id)
    select ${same.join(', ')}, ifNull(store_id, ''), ifNull(${MESSAGE_ID[topic]}, '')
    from s3(${LAKE_COLLECTION}, filename = {name:String}, format = 'Parquet')
    where reason is not null`
}

/** Loads the rows of a block. Repeating it, from anywhere, changes nothing. */
export async function loadRows(warehouse: Warehouse, block: BlockFacts): Promise<void> {
  const options = {
    query_params: { name: block.name },
    clickhouse_settings: { ...ONE_PART, insert_deduplication_token: blockKey(block.name) },
  }
  if (block.rowsAccepted > 0) await warehouse.command({ query: factInsert(block.topic), ...options })
  if (block.rowsRefused > 0) await warehouse.command({ query: deadLetterInsert(block.topic), ...options })
}

/** Records that a block is loaded in full. Repeating it changes nothing. */
export async function recordBlock(warehouse: Warehouse, block: BlockFacts): Promise<void> {
  await warehouse.insert({
    table: LEDGER_TABLE,
    format: 'JSONEachRow',
    values: [
      {
        key: blockKey(block.name),
        topic: block.topic,
        partition: block.partition,
        begin_offset: String(block.begin),
        end_offset: String(block.end),
        messages: block.messages,
        rows_accepted: block.rowsAccepted,
        rows_refused: block.rowsRefused,
        offsets_missing: String(block.offsetsMissing),
        bytes: block.bytes,
        produced_min: block.producedMin,
        produced_max: block.producedMax,
      },
    ],
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: blockKey(block.name) },
  })
}

/** Where the loaded part of a partition's chain ends: its first offset that is not in the warehouse. */
export async function loadedEnd(warehouse: Warehouse, topic: EventTopic, partition: number): Promise<bigint> {
  const answer = await warehouse.query({
    query: `
      select max(end_offset) as end_offset
      from ${LEDGER_TABLE}
      where topic = {topic:String} and partition = {partition:Int32}`,
    query_params: { topic, partition },
    // As text: an offset may be past what a JSON number holds.
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ end_offset: string }>()
  return BigInt(rows[0]?.end_offset ?? 0)
}

/**
 * Which of these ids the partition holds already.
 * @returns store and id of each that was accepted
 */
export async function acceptedIds(
  warehouse: Warehouse,
  topic: EventTopic,
  partition: number,
  ids: string[],
): Promise<{ store_id: string; message_id: string }[]> {
  const answer = await warehouse.query({
    query: `
      select distinct store_id, message_id
      from message_positions
      where topic = {topic:String} and partition = {partition:Int32} and message_id in {ids:Array(String)}`,
    query_params: { topic, partition, ids },
    format: 'JSONEachRow',
  })
  return answer.json()
}
