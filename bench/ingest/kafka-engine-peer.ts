/**
 * The other way into the warehouse: the engine's own Kafka table and a materialised view into the same fact table,
 * with all of its views. No gate, no lake, and after a crash rows may be missing or there twice.
 */
import '@shelfcast/platform/clickhouse/threads'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DATABASE } from '@shelfcast/contracts/warehouse'
import { readSchema } from '@shelfcast/warehouse/schema'
import { Session } from 'chdb'
import { answer, readTask } from '../task.ts'
import { TOPIC } from './baskets.ts'

export interface KafkaEngineTask {
  brokers: string
  /** Folder in which it makes one of its own. */
  folder: string
  /** Consumer group, so that each run reads from the beginning. */
  group: string
  /** Rows that must arrive. */
  rows: number
  /** Tuned, with blocks that are this old at most when they are written; as one first writes it where undefined. */
  flush_ms?: number
}

const POLL_MS = 50
const STALL_MS = 120_000

/** As the schema of the topic says it; what repeats is dictionary-coded, as in the fact table. */
const PLAIN_COLUMNS = `
    basket_id String,
    kind LowCardinality(String),
    store_id LowCardinality(String),
    till_id Int32,
    cashier_id LowCardinality(String),
    customer_id String,
    event_time DateTime64(3, 'UTC'),
    currency LowCardinality(String),
    payment LowCardinality(String),
    lines Array(Tuple(
        line_no Int32, sku LowCardinality(String), quantity Int32, unit LowCardinality(String), unit_price Int32,
        discount Int64, promotion_id LowCardinality(String), scanned_at DateTime64(3, 'UTC')))`
/** Dictionaries are cheaper made once for a block than looked up text by text. */
const TUNED_COLUMNS = PLAIN_COLUMNS.replaceAll('LowCardinality(String)', 'String')

const PLAIN_SETTINGS = 'kafka_num_consumers = 1'
/** A consumer for each core, and blocks as large as they get before they are due. */
const tunedSettings = (flush_ms: number) => `
    kafka_num_consumers = 2,
    kafka_thread_per_consumer = 1,
    kafka_max_block_size = 250000,
    kafka_poll_max_batch_size = 250000,
    kafka_flush_interval_ms = ${flush_ms}`

const { brokers, group, rows, flush_ms, ...task } = readTask<KafkaEngineTask>()
const folder = mkdtempSync(join(task.folder, 'kafka-engine-'))
const session = new Session(folder)

async function ask(sql: string): Promise<string> {
  const result = await session.queryAsync(sql, { format: 'TabSeparated' })
  return Buffer.from(result.bytes()).toString('utf8').trim()
}

async function prepare(): Promise<void> {
  await ask(`create database ${DATABASE}`)
  await ask(`use ${DATABASE}`)
  const { tables, views } = readSchema()
  for (const { statement } of [...tables, ...views]) await ask(statement)
  await ask(`
    create table queue (${flush_ms === undefined ? PLAIN_COLUMNS : TUNED_COLUMNS})
    engine = Kafka
    settings
      kafka_broker_list = '${brokers}',
      kafka_topic_list = '${TOPIC}',
      kafka_group_name = '${group}',
      kafka_format = 'JSONEachRow',
      kafka_skip_broken_messages = 1000000,
      date_time_input_format = 'best_effort',
      ${flush_ms === undefined ? PLAIN_SETTINGS : tunedSettings(flush_ms)}`)
}

/** Begins to read: the view is what the engine reads for. */
async function attach(): Promise<void> {
  await ask(`
    create materialized view queue_mv to fact_sales as
    with
        if(kind = 'return', -1, 1) as sign,
        toInt64(if(line.unit = 'each', line.quantity * line.unit_price, round(line.quantity * line.unit_price / 1000))) as gross
    select
        _topic as topic,
        toInt32(_partition) as partition,
        toInt64(_offset) as offset,
        line.line_no as line_no,
        assumeNotNull(_timestamp_ms) as produced_at,
        if(place = 1, reinterpretAsInt64(cityHash64(store_id, basket_id)), 0) as id_hash,
        basket_id,
        kind,
        store_id,
        till_id,
        cashier_id,
        customer_id,
        event_time,
        toDate(event_time) as business_date,
        currency,
        payment,
        line.sku as sku,
        sign * line.quantity as quantity,
        line.unit as unit,
        line.unit_price as unit_price,
        sign * gross as gross_amount,
        sign * line.discount as discount,
        sign * (gross - line.discount) as net_amount,
        line.promotion_id as promotion_id,
        line.scanned_at as scanned_at
    from queue
    array join lines as line, arrayEnumerate(lines) as place`)
}

/** Until the facts, and after them the views that follow from them, hold every line. */
async function untilThere(): Promise<void> {
  for (const count of ['count() from fact_sales', 'sum(lines) from sales_hourly']) {
    let last = 0
    let moved = performance.now()
    while (last < rows) {
      await delay(POLL_MS)
      const lines = Number(await ask(`select ${count}`))
      if (lines > last) moved = performance.now()
      last = lines
      if (performance.now() - moved > STALL_MS) {
        throw new Error(`Nothing came for ${STALL_MS / 1000} s: ${lines} is the ${count}, of ${rows} lines.`)
      }
    }
    if (last !== rows) throw new Error(`${last} is the ${count}; it should be ${rows}.`)
  }
}

try {
  await prepare()
  const usage = process.cpuUsage()
  const began = performance.now()
  await attach()
  await untilThere()
  const wall_s = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(usage)
  await ask('drop table queue_mv')
  await ask('drop table queue')
  // Microseconds.
  answer({ wall_s, cpu_s: (user + system) / 1e6 })
} finally {
  session.close()
  rmSync(folder, { recursive: true, force: true })
}
