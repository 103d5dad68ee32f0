/** How long the live measures take to answer from a warehouse of many lines, beside the same from fact rows. */

import { prepareTools } from '@shelfcast/platform/tools/tools'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { warehouseOf } from '../ingest/landed.ts'
import { openStack } from '../ingest/stage.ts'
import { alignTable, type BenchOptions, type BenchResult } from '../measure.ts'
import { fill } from './fill.ts'
import { QUESTIONS, type Question } from './measures.ts'

const LINES = 100_000_000
const QUICK_LINES = 200_000
const TIMES = 50
const PLAIN_TIMES = 5
const QUICK_TIMES = 2
const GOAL_MS = 300
/** A query that takes longer is asked no more often than this says. */
const PATIENCE_MS = 60_000

interface Answered {
  p50_ms: number
  p99_ms: number
  /** Read, as are the bytes. */
  rows: number
  bytes: number
  returned: number
}

interface Finding extends Question {
  measure: Answered
  fromFacts: Answered | undefined
}

export async function benchQueries({ quick, lines, progress }: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const { stack, close } = await openStack(['warehouse'], tools)
  const warehouse = warehouseOf(stack.environment)
  try {
    const amount = lines ?? (quick ? QUICK_LINES : LINES)
    const rows = await fill(warehouse, amount, progress)
    return await askAll(warehouse, rows, { quick, progress })
  } finally {
    await warehouse.close()
    await close()
  }
}

/** @param lines that the warehouse has */
export async function askAll(
  warehouse: Warehouse,
  lines: number,
  { quick, progress }: Pick<BenchOptions, 'quick' | 'progress'>,
): Promise<BenchResult> {
  const findings: Finding[] = []
  for (const question of QUESTIONS) {
    const { query, plain, title } = question
    await progress.step(title, async () => {
      const measure = await ask(warehouse, query, quick ? QUICK_TIMES : TIMES)
      const fromFacts = plain ? await ask(warehouse, plain, quick ? QUICK_TIMES : PLAIN_TIMES) : undefined
      findings.push({ ...question, measure, fromFacts })
    })
  }
  const sizes = await tableSizes(warehouse)
  return {
    table: [tableOf(findings, lines), sizeTable(sizes)].join('\n\n'),
    figures: { lines, ...figuresOf(findings), ...sizeFigures(sizes) },
  }
}

async function ask(warehouse: Warehouse, query: string, times: number): Promise<Answered> {
  const took: number[] = []
  let read = { rows_read: 0, bytes_read: 0 }
  let returned = 0
  const begun = performance.now()
  // The first one fills caches, as the page before has done for who watches live.
  for (let time = 0; time <= times && (time < 2 || performance.now() - begun < PATIENCE_MS); time++) {
    const startedAt = performance.now()
    const answer = await warehouse.query({ query, format: 'JSONCompact' })
    const { statistics, rows } = await answer.json()
    if (time > 0) took.push(performance.now() - startedAt)
    returned = rows ?? 0
    if (statistics) read = statistics
  }
  took.sort((left, right) => left - right)
  const quantile = (share: number) => took[Math.ceil(share * took.length) - 1]!
  return {
    p50_ms: quantile(0.5),
    p99_ms: quantile(0.99),
    rows: read.rows_read,
    bytes: read.bytes_read,
    returned,
  }
}

interface TableSize {
  table: string
  rows: number
  bytes: number
}

async function tableSizes(warehouse: Warehouse): Promise<TableSize[]> {
  const answer = await warehouse.query({
    query: `
      select table, sum(rows) as rows, sum(bytes_on_disk) as bytes
      from system.parts
      where active and database = currentDatabase()
      group by table
      having rows > 1000
      order by bytes desc`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return answer.json<TableSize>()
}

function tableOf(findings: readonly Finding[], lines: number): string {
  const rows = [['Live measures', 'p50', 'p99', 'rows read', 'MB read', 'from facts', 'rows read', 'goal']]
  for (const { title, measure, fromFacts } of findings) {
    rows.push([
      title,
      ...[measure.p50_ms, measure.p99_ms].map((ms) => `${Math.round(ms)} ms`),
      measure.rows.toLocaleString('en'),
      (measure.bytes / 1e6).toFixed(1),
      ...(fromFacts ? [`${Math.round(fromFacts.p50_ms)} ms`, fromFacts.rows.toLocaleString('en')] : ['', '']),
      measure.p99_ms < GOAL_MS ? 'met' : 'not met',
    ])
  }
  const head = `${lines.toLocaleString('en')} lines; each measure asked up to ${TIMES} times, goal p99 under ${GOAL_MS} ms.`
  return `${head}\n${alignTable(rows)}`
}

function sizeTable(sizes: readonly TableSize[]): string {
  const rows = [['On disk', 'rows', 'MB', 'bytes a row']]
  for (const { table, rows: count, bytes } of sizes)
    rows.push([table, count.toLocaleString('en'), (bytes / 1e6).toFixed(1), (bytes / count).toFixed(1)])
  return alignTable(rows)
}

const rounded = (ms: number) => Math.round(ms * 10) / 10

function figuresOf(findings: readonly Finding[]): Record<string, number> {
  return Object.fromEntries(
    findings.flatMap(({ name, measure, fromFacts }) => [
      [`${name}_p50_ms`, rounded(measure.p50_ms)],
      [`${name}_p99_ms`, rounded(measure.p99_ms)],
      [`${name}_rows_returned`, measure.returned],
      [`${name}_rows_read`, measure.rows],
      [`${name}_bytes_read`, measure.bytes],
      ...(fromFacts ? [[`${name}_from_facts_p50_ms`, rounded(fromFacts.p50_ms)]] : []),
    ]),
  )
}

const sizeFigures = (sizes: readonly TableSize[]) =>
  Object.fromEntries(sizes.map(({ table, bytes }) => [`${table}_bytes`, bytes]))
