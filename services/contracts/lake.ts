/**
 * The lake: zones, object names, and the columns of a block.
 *
 * A block is what one partition held from one offset to another, after the gate: accepted rows and refused rows in
 * one Parquet object. A row is accepted when its `reason` is null.
 */
import { EVENT_TOPICS, type EventTopic } from './topics.ts'

/** A zone is a bucket; the environment says what the bucket is called (S3 names are global on AWS). */
export const PLATFORM_ZONES = ['raw', 'curated', 'features'] as const
/** `truth` is what really happened in the twin's stores. Scoring reads it; no part of the platform does. */
export const ZONES = [...PLATFORM_ZONES, 'truth'] as const
export type Zone = (typeof ZONES)[number]

/** `hash64` is all 64 bits of an INT64; the other 64-bit types hold what a JavaScript number holds exactly. */
export type ColumnType = 'utf8' | 'int32' | 'int64' | 'hash64' | 'timestamp_ms' | 'date' | 'binary'
export interface Column {
  name: string
  type: ColumnType
  nullable: boolean
}

const column = (name: string, type: ColumnType): Column => ({ name, type, nullable: false })
const optional = (name: string, type: ColumnType): Column => ({ name, type, nullable: true })

/** Where a row came from, and what the gate said of it: on every row of every block. */
const THREAD: readonly Column[] = [
  column('topic', 'utf8'),
  /** Which of the topics that had this name: a topic that is deleted and created again begins with offset 0 again. */
  column('epoch', 'int32'),
  column('partition', 'int32'),
  column('offset', 'int64'),
  /** Position in the basket's `lines`, from 1; 0 where the row stands for the whole message. */
  column('line_no', 'int32'),
  /** Milliseconds since 1970 when the producer sent it (header, or Kafka's timestamp where the header is absent). */
  column('produced_at', 'timestamp_ms'),
  /** RefusalCode; null when accepted. */
  optional('reason', 'utf8'),
  /** What was found, for a person; null when accepted. */
  optional('detail', 'utf8'),
  /** Original bytes of the refused message or line; null when accepted. */
  optional('payload', 'binary'),
  /** Lines that the row stands for: 1, or the number of lines of a basket refused as a whole. */
  column('line_count', 'int32'),
  /** On the first accepted row of a message: what repetition recognises its store and id by. Null on every other row. */
  optional('id_hash', 'hash64'),
  /** Seconds that event_time lay behind the store's newest, where that is more than is allowed; 0 when in time. */
  optional('lateness_s', 'int32'),
  /** Position of the dead letter that this message is the corrected replay of, as `positionText` writes it. */
  optional('replay_of', 'utf8'),
]

/**
 * Columns of a block by topic. Beyond the thread all are nullable, because a refused row holds what could be read
 * of it. On accepted rows of a return, quantity and amounts are negative, so that sums are net.
 */
export const BLOCK_COLUMNS: Record<EventTopic, readonly Column[]> = {
  'sales-transactions': [
    ...THREAD,
    optional('basket_id', 'utf8'),
    optional('kind', 'utf8'),
    optional('store_id', 'utf8'),
    optional('till_id', 'int32'),
    optional('cashier_id', 'utf8'),
    optional('customer_id', 'utf8'),
    optional('event_time', 'timestamp_ms'),
    /** Calendar day at the store. */
    optional('business_date', 'date'),
    optional('currency', 'utf8'),
    optional('payment', 'utf8'),
    optional('sku', 'utf8'),
    optional('quantity', 'int32'),
    optional('unit', 'utf8'),
    optional('unit_price', 'int32'),
    /** Minor units: quantity times price before discount. */
    optional('gross_amount', 'int64'),
    optional('discount', 'int64'),
    /** Minor units: what the customer pays. */
    optional('net_amount', 'int64'),
    optional('promotion_id', 'utf8'),
    optional('scanned_at', 'timestamp_ms'),
  ],
  'inventory-updates': [
    ...THREAD,
    optional('movement_id', 'utf8'),
    optional('kind', 'utf8'),
    optional('store_id', 'utf8'),
    optional('sku', 'utf8'),
    optional('event_time', 'timestamp_ms'),
    optional('business_date', 'date'),
    optional('quantity', 'int32'),
    optional('unit', 'utf8'),
    optional('lot', 'utf8'),
    optional('expires_on', 'date'),
    optional('purchase_order_id', 'utf8'),
  ],
  'pos-events': [
    ...THREAD,
    optional('event_id', 'utf8'),
    optional('kind', 'utf8'),
    optional('store_id', 'utf8'),
    optional('till_id', 'int32'),
    optional('cashier_id', 'utf8'),
    optional('event_time', 'timestamp_ms'),
    optional('business_date', 'date'),
    optional('basket_id', 'utf8'),
    optional('sku', 'utf8'),
    optional('amount', 'int64'),
    optional('note', 'utf8'),
  ],
}

/** Fields of an event whose column is named otherwise: `detail` of a row is the gate's. */
export const COLUMN_OF: Record<string, string> = { detail: 'note' }
/** Fields that no column holds: the total is the sum of the lines. */
export const NOT_KEPT: readonly string[] = ['total']

/** What the blocks of one partition form, in one life of its topic. */
export interface Chain {
  topic: EventTopic
  /** 0 for the first topic of this name; one more each time it is deleted and created again. */
  epoch: number
  partition: number
}

/** Digits of an offset in an object name: all of Int64, so that names sort as offsets do. */
export const OFFSET_DIGITS = 20

/** Folder of a chain inside the raw bucket, with its slash. */
export function chainPrefix({ topic, epoch, partition }: Chain): string {
  const life = epoch === 0 ? '' : `e=${epoch}/`
  return `${topic}/${life}p=${String(partition).padStart(2, '0')}/`
}

/** Name of the block that begins at `offset`, inside the raw bucket. */
export function blockName(chain: Chain, offset: bigint): string {
  return `${chainPrefix(chain)}${String(offset).padStart(OFFSET_DIGITS, '0')}.parquet`
}

const CHAIN_PREFIX = new RegExp(`^(${EVENT_TOPICS.join('|')})/(?:e=(\\d+)/)?p=(\\d+)/$`)

/** The chain whose folder this is, or undefined when it is another folder. */
export function chainOf(prefix: string): Chain | undefined {
  const match = CHAIN_PREFIX.exec(prefix)
  if (!match) return undefined
  const [, topic, epoch, partition] = match
  return { topic: topic as EventTopic, epoch: Number(epoch ?? 0), partition: Number(partition) }
}

/** Where a row stands: the thread that lineage follows. */
export interface Position extends Chain {
  offset: bigint
  /** Position in the basket's `lines`, from 1; 0 for the whole message. */
  line: number
}

/** A position as dead-letter keys, headers and people write it: `topic/partition/offset/line`, or `topic@epoch/...`. */
export function positionText({ topic, epoch, partition, offset, line }: Position): string {
  return `${topic}${epoch === 0 ? '' : `@${epoch}`}/${partition}/${offset}/${line}`
}

const POSITION = new RegExp(`^(${EVENT_TOPICS.join('|')})(?:@(\\d{1,9}))?/(\\d{1,9})/(\\d{1,18})/(\\d{1,9})$`)

/** The position that a text names, or undefined when it names none. */
export function parsePosition(text: string): Position | undefined {
  const match = POSITION.exec(text)
  if (!match) return undefined
  const [, topic, epoch, partition, offset, line] = match
  return {
    topic: topic as EventTopic,
    epoch: Number(epoch ?? 0),
    partition: Number(partition),
    offset: BigInt(offset!),
    line: Number(line),
  }
}

/** Key of a block as ledger, tokens and people write it: the zone, then the name. */
export function blockKey(name: string): string {
  return `raw/${name}`
}

const BLOCK_NAME = new RegExp(`/p=\\d+/(\\d{${OFFSET_DIGITS}})\\.parquet$`)

/** First offset of the block with this name. Throws when the name is not a block's. */
export function blockBegin(name: string): bigint {
  const match = BLOCK_NAME.exec(name)
  if (!match)
    throw new Error(
      `Object "${name}" in the raw zone is not named like a block. Remove it from the chain's folder.`,
    )
  return BigInt(match[1]!)
}

/** User metadata of a block object: decimal strings, so that a HEAD tells all that the chain needs. */
export const BLOCK_METADATA = {
  /** First offset that the block covers: the end of the block before it. */
  begin: 'begin-offset',
  /** First offset after the block. */
  end: 'end-offset',
  messages: 'messages',
  rowsAccepted: 'rows-accepted',
  rowsRefused: 'rows-refused',
  /** Offsets that Kafka no longer held when they were to be read: 0 in a healthy chain. */
  offsetsMissing: 'offsets-missing',
  producedMin: 'produced-min',
  producedMax: 'produced-max',
  /** Kafka's own id of the topic, by which a topic that was created again is told from the one before it. */
  topicId: 'topic-id',
  /** Process that wrote it: one that never heard the answer to its own request knows the object again. */
  writer: 'writer',
} as const

/** In the footer of a block's Parquet: state of the gate after the block, as JSON of each store's clock. */
export const CLOCKS_KEY = 'shelfcast.clocks'

/** Folder of the objects that say which lives a topic has had, one an epoch. */
export function epochPrefix(topic: EventTopic): string {
  return `epochs/${topic}/`
}

export function epochName(topic: EventTopic, epoch: number): string {
  return `${epochPrefix(topic)}${String(epoch).padStart(5, '0')}.json`
}

export interface EpochRecord {
  /** Kafka's id of the topic. */
  topic_id: string
  /** UTC. */
  since: string
}
