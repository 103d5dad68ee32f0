/** The same messages through both gates: the one of services/ingest, and the one of Spark in a process of its own. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRecordsBatch, NumericMap } from '@platformatic/kafka'
import type { Product } from '@shelfcast/contracts/datasets/products'
import type { Store } from '@shelfcast/contracts/datasets/stores'
import { BLOCK_COLUMNS, type Chain, CLOCKS_KEY } from '@shelfcast/contracts/lake'
import { createGate } from '@shelfcast/ingest/stream/gate/create'
import type { Gate } from '@shelfcast/ingest/stream/gate/gate-of-topic'
import { Records } from '@shelfcast/ingest/stream/kafka/records'
import type { MessageView } from '@shelfcast/ingest/stream/message'
import { encodeColumns } from '@shelfcast/ingest/stream/parquet/encode'
import { readMetadata } from '@shelfcast/ingest/stream/parquet/read'
import { parquetMetadata } from 'hyparquet'
import { expect } from 'vitest'
import { createMemory } from '../ingest/gate/fixture.ts'
import { type Row, readWithArrow } from '../ingest/parquet.ts'

/** A Python with spark-jobs/requirements-test.txt; set by the test command, which installs it. */
export const python = process.env.SHELFCAST_TEST_SPARK

export interface Sent {
  value: Buffer | null
  headers: [string, Buffer][]
  /** Kafka's, in milliseconds since 1970. */
  timestamp: number
}

/** What a gate made of the messages of a block. */
export interface Verdict {
  /** The block. */
  body: Uint8Array
  rows: Row[]
  tally: unknown
  clocks: unknown
  /** Name, type and repetition of each column, as the file says them. */
  schema: unknown
}

const store = (store_id: string, time_zone: string): Store => ({
  store_id,
  time_zone,
  name: store_id,
  profile: 'test',
  region: 'test',
  currency: 'GBP',
})
const product = (sku: string, overrides: Partial<Product> = {}): Product => ({
  sku,
  name: sku,
  department: 'd',
  category: 'c',
  brand: 'b',
  unit: 'each',
  kind: 'merchandise',
  ...overrides,
})

const REFERENCE = {
  stores: [store('S1', 'Europe/London'), store('S2', 'asia/kolkata'), store('S3', 'America/St_Johns')],
  products: [
    product('A1'),
    product('A2'),
    product('A91', { price: 150 }),
    product('A92', { price: 900, unit: 'g' }),
    product('A93', { price: 0 }),
    product('POST', { kind: 'service' }),
  ],
}

const stores = new Map(REFERENCE.stores.map((each) => [each.store_id, each]))
const products = new Map(REFERENCE.products.map((each) => [each.sku, each]))
const world = {
  store: (id: string) => {
    const entry = stores.get(id)
    return entry && { timeZone: entry.time_zone, currency: entry.currency }
  },
  product: (sku: string) => products.get(sku),
}

/** Blocks of batches of messages: a batch is what is judged at once by columns. */
export type Blocks = Sent[][][]

export async function judgeWithNode(chain: Chain, blocks: Blocks): Promise<Verdict[]> {
  const clocks = new Map()
  const gate = createGate({ ...chain, world, memory: createMemory(), clocks })
  const verdicts: Verdict[] = []
  let offset = 0
  for (const batches of blocks) {
    const messages = batches.flat()
    judgeAll(gate, recordsOf(messages, offset))
    offset += messages.length
    const body = encodeColumns(gate.columns, { [CLOCKS_KEY]: JSON.stringify([...clocks]) })
    const {
      messages: count,
      rowsAccepted,
      rowsRefused,
      producedMin,
      producedMax,
      late,
      outcomes,
    } = gate.tally
    verdicts.push(
      await verdictIn(chain, body, {
        messages: count,
        rows_accepted: rowsAccepted,
        rows_refused: rowsRefused,
        late,
        produced_min: producedMin,
        produced_max: producedMax,
        outcomes: Object.fromEntries(outcomes),
      }),
    )
    gate.clear()
  }
  return verdicts
}

function judgeAll(gate: Gate, records: Records): void {
  const view = { offset: 0, bytes: new Uint8Array(), start: -1, end: -1, producedAt: 0 } as MessageView
  while (records.next(view)) if (gate.judge(view, false) === 'unknown') gate.judge(view, true)
}

/** As Kafka would send them. */
function recordsOf(messages: readonly Sent[], baseOffset: number): Records {
  const bytes = createRecordsBatch(
    messages.map(({ value, headers, timestamp }) => ({
      topic: 't',
      key: Buffer.from('S1'),
      value: value as Buffer,
      // Buffers are told apart as objects, so a name may come twice.
      headers: new Map(headers.map(([name, text]) => [Buffer.from(name), text])),
      timestamp: BigInt(timestamp),
    })),
    { compression: 'none', producerId: 0n, producerEpoch: 0, sequences: new NumericMap() },
  ).buffer
  const copy = Buffer.from(bytes)
  copy.writeBigInt64BE(BigInt(baseOffset), 0)
  return new Records(copy, baseOffset)
}

export async function judgeWithSpark(chain: Chain, blocks: Blocks): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-gate-'))
  try {
    let offset = 0
    const request = {
      chain,
      reference: REFERENCE,
      blocks: blocks.map((batches) =>
        batches.map((batch) =>
          batch.map(({ value, headers, timestamp }) => ({
            offset: offset++,
            timestamp,
            value: value?.toString('base64') ?? null,
            headers: headers.map(([name, text]) => [name, text.toString('base64')]),
          })),
        ),
      ),
    }
    const file = join(folder, 'messages.json')
    writeFileSync(file, JSON.stringify(request))
    const { stdout } = await promisify(execFile)(
      python!,
      ['-B', '-m', 'shelfcast_spark.tests.judge_messages', file],
      {
        cwd: fileURLToPath(new URL('../../spark-jobs', import.meta.url)),
        maxBuffer: 2 ** 28,
      },
    )
    const tallies = JSON.parse(stdout) as unknown[]
    return await Promise.all(
      tallies.map((tally, block) => verdictIn(chain, readFileSync(join(folder, `${block}.parquet`)), tally)),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function verdictIn({ topic }: Chain, body: Uint8Array, tally: unknown): Promise<Verdict> {
  const { schema } = parquetMetadata(new Uint8Array(body).buffer)
  return {
    body,
    rows: await readWithArrow(body, BLOCK_COLUMNS[topic]),
    tally,
    clocks: JSON.parse(readMetadata(body)[CLOCKS_KEY]!),
    schema: schema
      .slice(1)
      .map(({ name, type, converted_type, repetition_type }) => [
        name,
        type,
        converted_type,
        repetition_type,
      ]),
  }
}

/** What the gates say in words of their own: how a parser or validator puts it. */
export const WORDED = new Set(['not_json', 'schema', 'line_schema'])

/** @returns lines by outcome, and the blocks of both. @throws at the first row that differs */
export async function expectAlike(chain: Chain, blocks: Blocks) {
  const [node, spark] = await Promise.all([judgeWithNode(chain, blocks), judgeWithSpark(chain, blocks)])
  const messages = blocks.map((batches) => batches.flat())
  const outcomes: Record<string, number> = {}
  let offset = 0
  node.forEach((expected, block) => {
    const actual = spark[block]!
    expected.rows.forEach((row, index) => {
      const other = actual.rows[index]
      const sent = messages[block]![Number(row.offset) - offset]!
      if (!isAlike(row, other)) {
        const value = sent.value?.toString('latin1').slice(0, 2_000)
        const headers = sent.headers.map(([name, text]) => [name, text.toString('latin1')])
        expect({ value, headers, ...other }).toEqual({ value, headers, ...row })
      }
    })
    expect(actual.rows.length).toBe(expected.rows.length)
    expect(actual.tally).toEqual(expected.tally)
    expect(actual.clocks).toEqual(expected.clocks)
    expect(actual.schema).toEqual(expected.schema)
    const counted = (expected.tally as { outcomes: Record<string, number> }).outcomes
    for (const [outcome, lines] of Object.entries(counted))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + lines
    offset += messages[block]!.length
  })
  const bodies = { node: node.map(({ body }) => body), spark: spark.map(({ body }) => body) }
  return { outcomes, bodies }
}

function isAlike(row: Row, other: Row | undefined): boolean {
  if (!other) return false
  return Object.keys(row).every(
    (name) =>
      row[name] === other[name] ||
      (name === 'detail' && WORDED.has(row.reason ?? '') && Boolean(other.detail)),
  )
}
