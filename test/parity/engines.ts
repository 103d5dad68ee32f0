/** Both engines over the same messages, each with a stack of its own, and what is compared of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE } from '@shelfcast/contracts/warehouse'
import { type PartName, partOf } from '@shelfcast/platform/parts/parts'
import {
  openStack,
  type Stack,
  type StackOptions,
  startStack,
} from '@shelfcast/platform/supervisor/supervise'
import { createProgress } from '@shelfcast/platform/tools/progress'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { lakeOf, type StackVariables, topicEnds } from '../stack/figures.ts'

export type EngineName = 'node' | 'spark'

const STORES: readonly PartName[] = ['kafka', 'lake', 'warehouse']
const ENGINES: Record<EngineName, readonly PartName[]> = { node: ['ingest'], spark: ['ingest', 'spark'] }

/** Python of the tests, which has all that the jobs need, and the jars of the jobs. */
export const TEST_SPARK =
  process.env.SHELFCAST_TEST_SPARK && process.env.SHELFCAST_TEST_SPARK_JARS
    ? { python: process.env.SHELFCAST_TEST_SPARK, jars: process.env.SHELFCAST_TEST_SPARK_JARS }
    : undefined
export const NO_SPARK =
  'SKIPPED: Spark. Run `npm test`, or set SHELFCAST_TEST_SPARK to a Python with spark-jobs/requirements-test.txt and SHELFCAST_TEST_SPARK_JARS to a folder with the jars of spark-jobs/pom.xml.'

export interface Engine {
  readonly stack: Stack
  /** Starts them again on the same data. */
  start(): Promise<void>
  /** Stops them; the data stays. */
  stop(): Promise<void>
  /** Stops them, and forgets everything. */
  end(): Promise<void>
}

/**
 * Starts broker, stores and the engine.
 * @param fill what is to be there before the engine starts; broker and stores are ready then
 */
export async function startEngine(
  name: EngineName,
  fill: (variables: StackVariables) => Promise<void>,
): Promise<Engine> {
  const dataDir = await mkdtemp(join(tmpdir(), `shelfcast-parity-${name}-`))
  const tools = {
    ...(await prepareTools(createProgress(process.stderr))),
    ...(TEST_SPARK && { spark: TEST_SPARK }),
  }
  const parts = ENGINES[name]
  const titles = parts.map((part): string => partOf(part).title)
  let filling: Promise<void> | undefined
  const options: StackOptions = {
    dataDir,
    ports: 'free',
    tools,
    parts: [...STORES, ...parts],
    async onStep(title, work) {
      if (titles.includes(title)) {
        filling ??= fill(stack.environment)
        await filling
      }
      return work(() => undefined)
    },
  }
  let stack = await openStack(options)
  await stack.start()
  return {
    get stack() {
      return stack
    },
    async start() {
      stack = await startStack(options)
    },
    stop: () => stack.stop(),
    async end() {
      await stack.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const POLL_MS = 500

/** Waits until the ledger has each partition up to where Kafka ends. */
export async function loaded(stack: Stack, warehouse: Warehouse, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs
  const ends = new Map<string, bigint>()
  for (const topic of EVENT_TOPICS) {
    for (const [partition, end] of await topicEnds(stack.environment, topic))
      ends.set(`${topic}/${partition}`, end)
  }
  for (;;) {
    const rows = await rowsOf<{ chain: string; end: string }>(
      warehouse,
      `select concat(topic, '/', toString(partition)) as chain, toString(max(end_offset)) as end from lake_objects group by chain`,
    )
    const reached = new Map(rows.map(({ chain, end }) => [chain, BigInt(end)]))
    const behind = [...ends].filter(([chain, end]) => (reached.get(chain) ?? 0n) < end)
    if (behind.length === 0) return
    if (Date.now() > deadline) {
      const texts = behind.map(([chain, end]) => `${chain} at ${reached.get(chain) ?? 0n} of ${end}`)
      throw new Error(`Not loaded within ${limitMs / 1000} s: ${texts.join(', ')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** What was found is said in each engine's own words where JSON or a schema is at fault. */
const OWN_WORDS = "reason in ('not_json', 'schema', 'line_schema')"
const TABLES = [...Object.values(FACT_TABLE), DEAD_LETTER_TABLE]

/** @param without a column in which the two may differ */
function compared(table: string, without: string | undefined): string {
  const left = [...(without ? [without] : []), ...(table === DEAD_LETTER_TABLE ? ['detail'] : [])]
  const words = table === DEAD_LETTER_TABLE ? `, if(${OWN_WORDS}, '', detail) as detail` : ''
  return `select *${left.length > 0 ? ` except (${left.join(', ')})` : ''}${words} from ${table}`
}

export type Prints = Record<string, { rows: number; print: string }>

/** By table and partition, how many rows there are, and a sum of the hashes of all their cells. */
export async function prints(warehouse: Warehouse, without?: string): Promise<Prints> {
  const sums: Prints = {}
  for (const table of TABLES) {
    const rows = await rowsOf<{ partition: number; topic: string; rows: number; print: string }>(
      warehouse,
      `select topic, partition, count() as rows, toString(sum(cityHash64(toString(tuple(*))))) as print
       from (${compared(table, without)})
       group by topic, partition order by topic, partition`,
    )
    for (const row of rows) {
      sums[`${table} of ${row.topic}/${row.partition}`] = { rows: row.rows, print: row.print }
    }
  }
  return sums
}

export async function refusals(warehouse: Warehouse): Promise<Record<string, number>> {
  const rows = await rowsOf<{ reason: string; rows: number }>(
    warehouse,
    'select reason, count() as rows from dead_letters group by reason order by reason',
  )
  return Object.fromEntries(rows.map(({ reason, rows }) => [reason, rows]))
}

/** Rows that one engine has and the other has not, at most five of each table and side. */
export async function difference(one: Warehouse, other: Warehouse, without?: string): Promise<string[]> {
  const differences: string[] = []
  for (const table of TABLES) {
    // As text from the server: what is in 64 bits is compared in 64 bits.
    const query = `select formatRow('JSONEachRow', *) as row from (${compared(table, without)} order by topic, partition, offset)`
    const [left, right] = await Promise.all(
      [one, other].map(
        async (each) => new Set((await rowsOf<{ row: string }>(each, query)).map(({ row }) => row.trimEnd())),
      ),
    )
    const only = (rows: Set<string>, others: Set<string>, sign: string) =>
      [...rows.difference(others)].slice(0, 5).map((row) => `${sign} ${table} ${row}`)
    differences.push(...only(left!, right!, '-'), ...only(right!, left!, '+'))
  }
  return differences
}

/** Every block in the lake: its name, and what its metadata says but for who wrote it. */
export async function blocks(stack: Stack): Promise<string[]> {
  const lake = lakeOf(stack.environment)
  const texts: string[] = []
  for (const topic of EVENT_TOPICS) {
    for await (const { name } of lake.list('raw', `${topic}/`)) {
      const { writer: _, 'topic-id': __, ...metadata } = (await lake.metadata('raw', name))!
      const facts = Object.entries(metadata).filter(([key]) => /offset|messages|rows|produced/.test(key))
      texts.push(`${name} ${JSON.stringify(Object.fromEntries(facts.sort()))}`)
    }
  }
  return texts
}
