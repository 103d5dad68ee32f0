/** The same figures, read independently from Kafka, from the lake and from the warehouse. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { BLOCK_METADATA, blockBegin } from '@shelfcast/contracts/lake'
import { DEAD_LETTER_TOPIC, type EventTopic } from '@shelfcast/contracts/topics'
import { DATABASE } from '@shelfcast/contracts/warehouse'
import { createKafka, topicOffsets } from '@shelfcast/runtime/kafka'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { parquetReadObjects } from 'hyparquet'

/** Variables of a running stack, as its supervisor gives them to the services. */
export type StackVariables = Record<string, string>

export interface Figures {
  /** Accepted lines of sales and of returns, and what they amount to in minor units. */
  accepted: number
  reversed: number
  net: bigint
  /** Lines by reason. */
  refused: Record<string, number>
}

const log = createLog('test', 'error')

export function warehouseOf(variables: StackVariables): Warehouse {
  return createWarehouse({
    url: variables.CLICKHOUSE_URL!,
    user: variables.CLICKHOUSE_USER!,
    password: variables.CLICKHOUSE_PASSWORD!,
    application: 'test',
    database: DATABASE,
  })
}

export function lakeOf(variables: StackVariables) {
  return createLake({
    S3_ENDPOINT: variables.S3_ENDPOINT!,
    S3_REGION: variables.S3_REGION ?? 'us-east-1',
    S3_ACCESS_KEY: variables.S3_ACCESS_KEY!,
    S3_SECRET_KEY: variables.S3_SECRET_KEY!,
    S3_BUCKET_RAW: variables.S3_BUCKET_RAW ?? 'raw',
    S3_BUCKET_CURATED: variables.S3_BUCKET_CURATED ?? 'curated',
    S3_BUCKET_FEATURES: variables.S3_BUCKET_FEATURES ?? 'features',
    S3_BUCKET_TRUTH: variables.S3_BUCKET_TRUTH ?? 'truth',
  })
}

export function kafkaOf(variables: StackVariables, clientId = 'test') {
  return createKafka({ brokers: variables.KAFKA_BROKERS!, clientId, log })
}

/** Offsets that a topic holds, per partition. */
export async function topicEnds(variables: StackVariables, topic: string): Promise<Map<number, bigint>> {
  const admin = kafkaOf(variables).admin()
  await admin.connect()
  try {
    const offsets = await topicOffsets(admin, topic)
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]))
  } finally {
    await admin.disconnect()
  }
}

/** Every message of a topic, from its beginning to where it ends now. */
export async function messagesOf(
  variables: StackVariables,
  topic: string,
): Promise<
  { partition: number; offset: bigint; key: string; value: Buffer; headers: Record<string, string> }[]
> {
  const ends = await topicEnds(variables, topic)
  let left = [...ends.values()].reduce((sum, end) => sum + Number(end), 0)
  const messages: Awaited<ReturnType<typeof messagesOf>> = []
  if (left === 0) return messages
  const consumer = kafkaOf(variables).consumer({ groupId: `test-${randomUUID()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const limit = 60_000
  await new Promise<void>((resolve, reject) => {
    setTimeout(
      () => reject(new Error(`${left} messages of ${topic} did not come within ${limit} ms`)),
      limit,
    ).unref()
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const message of batch.messages) {
            if (BigInt(message.offset) >= ends.get(batch.partition)!) continue
            messages.push({
              partition: batch.partition,
              offset: BigInt(message.offset),
              key: message.key?.toString() ?? '',
              value: message.value ?? Buffer.alloc(0),
              headers: Object.fromEntries(
                Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
              ),
            })
            if (--left === 0) resolve()
          }
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return messages
}

/** Lines of all baskets on the topic; a message that is no basket counts as one. */
export async function kafkaLines(variables: StackVariables): Promise<number> {
  const messages = await messagesOf(variables, 'sales-transactions')
  return messages.reduce((sum, { value }) => {
    try {
      const { lines } = JSON.parse(value.toString()) as { lines?: unknown }
      return sum + (Array.isArray(lines) ? Math.max(1, lines.length) : 1)
    } catch {
      return sum + 1
    }
  }, 0)
}

/** What the dead-letter topic says, each position once: copies are at least once. */
export async function deadLetterPositions(variables: StackVariables): Promise<Map<string, string>> {
  const messages = await messagesOf(variables, DEAD_LETTER_TOPIC)
  return new Map(messages.map(({ key, headers }) => [key, headers.reason ?? '']))
}

/** Reads every block of a topic with a Parquet reader that did not write it. @throws when the chain is not one */
export async function lakeFigures(
  variables: StackVariables,
  topic: EventTopic,
): Promise<Figures & { blocks: string[] }> {
  const lake = lakeOf(variables)
  const figures: Figures & { blocks: string[] } = {
    accepted: 0,
    reversed: 0,
    net: 0n,
    refused: {},
    blocks: [],
  }
  const ends = new Map<string, bigint>()
  const positions = new Set<string>()
  for await (const { name } of lake.list('raw', `${topic}/`)) {
    const metadata = (await lake.metadata('raw', name))!
    const chain = name.slice(0, name.lastIndexOf('/'))
    const begin = blockBegin(name)
    if (begin !== (ends.get(chain) ?? 0n))
      throw new Error(`${name} begins at ${begin}, not at ${ends.get(chain) ?? 0}`)
    ends.set(chain, BigInt(metadata[BLOCK_METADATA.end]!))
    figures.blocks.push(`raw/${name}`)
    const rows = await readBlock(lake, name, topic)
    for (const row of rows) {
      const position = `${row.epoch}/${row.partition}/${row.offset}/${row.line_no}`
      if (positions.has(position)) throw new Error(`${position} stands twice in the lake`)
      positions.add(position)
      if (row.offset < begin || row.offset >= ends.get(chain)!)
        throw new Error(`${position} is outside of its block`)
      count(figures, row)
    }
  }
  return figures
}

/** Rows of a block, by a Parquet reader that did not write it. */
export async function readBlock(lake: Lake, name: string, topic: EventTopic): Promise<LakeRow[]> {
  const rows = await parquetReadObjects({
    file: new Uint8Array(await lake.read('raw', name)).buffer,
    columns: [
      'epoch',
      'partition',
      'offset',
      'line_no',
      'reason',
      'line_count',
      'kind',
      ...(topic === 'sales-transactions' ? ['net_amount'] : []),
    ],
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  })
  return rows as LakeRow[]
}

export interface LakeRow {
  epoch: number
  partition: number
  offset: bigint
  line_no: number
  reason: string | null
  line_count: number
  kind: string | null
  net_amount?: bigint | null
}

function count(figures: Figures, row: LakeRow): void {
  if (row.reason !== null) {
    figures.refused[row.reason] = (figures.refused[row.reason] ?? 0) + row.line_count
    return
  }
  if (row.kind === 'return') figures.reversed++
  else figures.accepted++
  figures.net += BigInt(row.net_amount ?? 0n)
}

/** What the warehouse says of sales; @throws when a position stands twice, or an aggregate differs from the facts. */
export async function warehouseFigures(variables: StackVariables): Promise<Figures> {
  const warehouse = warehouseOf(variables)
  const rows = async <T>(query: string): Promise<T[]> =>
    (await warehouse.query({ query, format: 'JSONEachRow' })).json<T>()
  try {
    const [facts] = await rows<{ accepted: string; reversed: string; net: string; positions: string }>(`
      select
          countIf(kind = 'sale') as accepted,
          countIf(kind = 'return') as reversed,
          sum(net_amount) as net,
          uniqExact(topic, epoch, partition, offset, line_no) as positions
      from fact_sales`)
    const [hourly] = await rows<{ lines: string; net: string }>(
      'select sum(lines) as lines, sum(net_amount) as net from sales_hourly',
    )
    const [pulse] = await rows<{ lines: string; net: string }>(
      'select sum(lines) as lines, sum(net_amount) as net from sales_pulse',
    )
    const refused = await rows<{ reason: string; lines: string }>(`
      select reason, sum(line_count) as lines
      from dead_letters
      where topic = 'sales-transactions'
      group by reason`)
    const lines = Number(facts!.accepted) + Number(facts!.reversed)
    if (lines !== Number(facts!.positions)) throw new Error(`${lines} rows at ${facts!.positions} positions`)
    for (const view of [hourly!, pulse!]) {
      if (Number(view.lines) !== lines || view.net !== facts!.net) {
        throw new Error(
          `an aggregate has ${view.lines} lines of ${view.net}, the facts ${lines} of ${facts!.net}`,
        )
      }
    }
    return {
      accepted: Number(facts!.accepted),
      reversed: Number(facts!.reversed),
      net: BigInt(facts!.net),
      refused: Object.fromEntries(refused.map(({ reason, lines: count }) => [reason, Number(count)])),
    }
  } finally {
    await warehouse.close()
  }
}

/** Keys in the ledger. @throws when one stands twice */
export async function ledgerKeys(variables: StackVariables, topic: EventTopic): Promise<string[]> {
  const warehouse = warehouseOf(variables)
  try {
    const answer = await warehouse.query({
      query: 'select key from lake_objects where topic = {topic:String} order by key',
      query_params: { topic },
      format: 'JSONEachRow',
    })
    const keys = (await answer.json<{ key: string }>()).map(({ key }) => key)
    if (new Set(keys).size !== keys.length) throw new Error('a block stands twice in the ledger')
    return keys
  } finally {
    await warehouse.close()
  }
}

/** Waits until each partition of the topic is landed up to where it ends now. @param epoch which life of the topic */
export async function untilLanded(
  variables: StackVariables,
  topic: EventTopic,
  limitMs = 120_000,
  epoch = 0,
): Promise<void> {
  const ends = await topicEnds(variables, topic)
  const warehouse = warehouseOf(variables)
  try {
    await until(
      async () => {
        const answer = await warehouse.query({
          query: `
            select partition, max(end_offset) as end
            from lake_objects
            where topic = {topic:String} and epoch = {epoch:Int32}
            group by partition`,
          query_params: { topic, epoch },
          format: 'JSONEachRow',
        })
        const landed = new Map(
          (await answer.json<{ partition: number; end: string }>()).map(({ partition, end }) => [
            partition,
            BigInt(end),
          ]),
        )
        return [...ends].every(([partition, end]) => (landed.get(partition) ?? 0n) >= end)
      },
      `${topic} landed`,
      limitMs,
    )
  } finally {
    await warehouse.close()
  }
}

const SHORTEST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500
/** A check that asks a server takes from what it waits for: it may have a sixth of the time. */
const PAUSE_PER_CHECK = 5

/** Waits for a condition that stays; errors of the check count as not yet. */
export function until(check: () => Promise<boolean>, what: string, limitMs = 60_000): Promise<void> {
  return repeat(check, what, limitMs, (checkMs) =>
    Math.min(Math.max(PAUSE_PER_CHECK * checkMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS),
  )
}

/** Waits for a condition that passes, such as the moment for a kill: looks as often as it can. */
export function untilMoment(check: () => Promise<boolean>, what: string, limitMs = 60_000): Promise<void> {
  return repeat(check, what, limitMs, () => SHORTEST_PAUSE_MS)
}

async function repeat(
  check: () => Promise<boolean>,
  what: string,
  limitMs: number,
  pauseMs: (checkMs: number) => number,
): Promise<void> {
  const deadline = performance.now() + limitMs
  let last: unknown
  while (performance.now() < deadline) {
    const began = performance.now()
    try {
      if (await check()) return
    } catch (error) {
      last = error
    }
    await delay(pauseMs(performance.now() - began))
  }
  throw new Error(`Waited ${limitMs} ms in vain for: ${what}`, { cause: last })
}
