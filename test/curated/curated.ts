/** A small stack whose lake is compacted, and what each engine reads of the curated tables. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { InventoryMovement, PosEvent } from '@shelfcast/contracts/events'
import { DATABASE } from '@shelfcast/contracts/warehouse'
import { readCurated } from '@shelfcast/ingest/load/rebuild/curated'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { dirtyBaskets, produce, type TestMessage } from '../stack/dirt.ts'
import { lakeOf, type StackVariables } from '../stack/figures.ts'

const ROOT = resolve(import.meta.dirname, '../..')

export const python = process.env.SHELFCAST_TEST_SPARK
const jars = process.env.SHELFCAST_TEST_SPARK_JARS
export const hasSpark = python !== undefined && jars !== undefined
if (!hasSpark)
  console.warn(
    'SKIPPED: the curated zone. Run `npm test`, or set SHELFCAST_TEST_SPARK to a Python with spark-jobs/requirements-test.txt and SHELFCAST_TEST_SPARK_JARS to a folder with the jars of spark-jobs/pom.xml.',
  )

/** Sales over some days, of which some lines are dirty, and movements and events of tills beside them. */
export async function produceDays(
  variables: StackVariables,
  count: number,
  from: number,
  stepMs: number,
): Promise<void> {
  const { messages } = dirtyBaskets(count, from, stepMs)
  const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * stepMs).toISOString()
  const message = (value: { store_id: string }): TestMessage => ({
    key: value.store_id,
    value: Buffer.from(JSON.stringify(value)),
  })
  const indexes = Array.from({ length: Math.ceil(count / 10) }, (_, index) => from + 10 * index)
  const movements = indexes.map((index): InventoryMovement => {
    const what = {
      movement_id: `M${index}`,
      kind: 'receipt',
      store_id: 'T1',
      sku: 'T-1',
      unit: 'each',
    } as const
    const lot = index % 20 === 0 ? { lot: `L${index}`, expires_on: '2026-02-01' } : {}
    return { ...what, ...lot, quantity: index % 7, event_time: at(index) }
  })
  const events = indexes.map(
    (index): PosEvent => ({
      event_id: `E${index}`,
      kind: 'refund',
      store_id: 'T2',
      till_id: 1,
      event_time: at(index),
      ...(index % 20 === 0 ? { amount: index } : {}),
    }),
  )
  await produce(variables, messages)
  await produce(variables, movements.map(message), 'inventory-updates')
  await produce(variables, events.map(message), 'pos-events')
}

export interface Compaction {
  /** Exit code or signal. */
  how: number | string
  /** Its last line, where it came to its end. */
  figures: Record<string, number>
  output: string
}

export interface RunningCompaction {
  process: ChildProcess
  ended: Promise<Compaction>
  /** Kills Python and its JVM at once. */
  kill(): void
}

const running = new Set<RunningCompaction>()

export function startCompaction(
  variables: StackVariables,
  extra: Record<string, string> = {},
): RunningCompaction {
  const child = spawn(python!, ['-B', 'spark-jobs/compact_lake.py'], {
    cwd: ROOT,
    env: {
      ...machineEnvironment(process.env),
      JAVA_HOME: process.env.JAVA_HOME,
      ...variables,
      SPARK_JARS: jars!,
      SPARK_LOCAL_IP: '127.0.0.1',
      PYSPARK_PYTHON: python!,
      ...extra,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let [stdout, output] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close').then(([code, signal]): Compaction => {
    running.delete(compaction)
    const figures = code === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)!) : {}
    return { how: code ?? signal, figures, output }
  })
  const compaction: RunningCompaction = {
    process: child,
    ended,
    kill() {
      if (running.has(compaction)) process.kill(-child.pid!, 'SIGKILL')
    },
  }
  running.add(compaction)
  return compaction
}

/** @throws with what it said when it failed */
export async function compact(
  variables: StackVariables,
  extra?: Record<string, string>,
): Promise<Record<string, number>> {
  const { how, figures, output } = await startCompaction(variables, extra).ended
  if (how !== 0) throw new Error(`compact_lake.py ended with ${how}:\n${output.slice(-4_000)}`)
  return figures
}

/** Kills what a failed test left running. */
export async function killCompactions(): Promise<void> {
  const left = [...running]
  for (const each of left) each.kill()
  await Promise.all(left.map(({ ended }) => ended))
}

export interface Totals {
  rows: number
  net?: number
}
export type TableTotals = Record<string, Totals>

/** What PyIceberg and DuckDB read, and what the newest snapshots cover. */
export async function foreignTotals(
  variables: StackVariables,
  snapshots: Record<string, string | null>,
): Promise<{
  pyiceberg: TableTotals
  duckdb: TableTotals
  covers: Record<string, Record<string, [number, number]>>
}> {
  const child = spawn(python!, ['-B', 'test/curated/curated_readers.py'], {
    cwd: ROOT,
    env: { ...machineEnvironment(process.env), ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [output, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  child.stdin.end(JSON.stringify(snapshots))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`curated_readers.py ended with ${code}:\n${stderr.slice(-4_000)}`)
  return JSON.parse(output)
}

/** What the warehouse holds, under the names of the curated tables. */
export function factTotals(warehouse: Warehouse, condition = 'true'): Promise<TableTotals> {
  return totals(warehouse, {
    sales: `select count() as rows, sum(net_amount) as net from fact_sales where ${condition}`,
    inventory: `select count() as rows from fact_inventory where ${condition}`,
    pos_events: `select count() as rows from fact_pos_events where ${condition}`,
    refused: `select count() as rows from dead_letters where ${condition}`,
    ...(condition === 'true' && { blocks: 'select count() as rows from lake_objects' }),
  })
}

/** What ClickHouse reads of the curated tables. */
export function curatedTotals(
  warehouse: Warehouse,
  settings: Record<string, string> = {},
): Promise<TableTotals> {
  return totals(
    warehouse,
    {
      sales: 'select count() as rows, sum(net_amount) as net from curated.sales',
      inventory: 'select count() as rows from curated.inventory',
      pos_events: 'select count() as rows from curated.pos_events',
      refused: 'select count() as rows from curated.refused',
      blocks: 'select count() as rows from curated.blocks',
    },
    settings,
  )
}

export async function totals(
  warehouse: Warehouse,
  queries: Record<string, string>,
  settings: Record<string, string> = {},
): Promise<TableTotals> {
  const sums: TableTotals = {}
  for (const [name, query] of Object.entries(queries)) {
    const answer = await warehouse.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { ...settings, output_format_json_quote_64bit_integers: 0 },
    })
    const [row] = await answer.json<Totals>()
    sums[name] = row!
  }
  return sums
}

/** Ids of the snapshots that were recorded last, by table. */
export async function recordedSnapshots(variables: StackVariables): Promise<Record<string, string>> {
  const curated = await readCurated(lakeOf(variables))
  if (!curated)
    throw new Error(`The curated zone of ${variables.S3_ENDPOINT} is empty. Compact ${DATABASE} first.`)
  return Object.fromEntries(
    Object.entries(curated.state.tables).map(([name, { snapshot_id }]) => [name, snapshot_id]),
  )
}
