/** How long it takes from a till that sends a basket to a row that the warehouse returns. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { LINES } from '../ingest/baskets.ts'
import { warehouseOf } from '../ingest/landed.ts'
import { openStack, publishReference } from '../ingest/stage.ts'
import { alignTable, type BenchOptions, type BenchResult, inProcess, quantileOf } from '../measure.ts'
import type { ProduceTask, Sent } from './producer.ts'

interface Latency {
  lines_per_s: number
  messages: number
  p50_ms: number
  p99_ms: number
  max_ms: number
}

const RATES = [1_000, 10_000]
const SECONDS = 60
/** Before the figures, so that what is measured is a stack that has run for a while. */
const WARM_SECONDS = 10
const QUICK_SECONDS = 3
const QUICK_WARM_SECONDS = 1
const POLL_MS = 50
const STALL_MS = 60_000
/** Rows that were produced longer ago than this are not asked for: the question stays small. */
const WINDOW_S = 60
const GOAL = { lines_per_s: 1_000, p99_ms: 5_000 }

export async function benchLatency({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const { stack, close } = await openStack(['kafka', 'lake', 'warehouse', 'ingest'], tools)
  const warehouse = warehouseOf(stack.environment)
  try {
    await publishReference(stack)
    let first = 0
    const measure = async (lines_per_s: number, seconds: number): Promise<Latency> => {
      const sent = join(stack.dataDir, `sent-${first}.json`)
      const task: ProduceTask = {
        brokers: stack.environment.KAFKA_BROKERS!,
        lines_per_s,
        seconds,
        first,
        sent,
      }
      first += Math.ceil((lines_per_s * seconds) / LINES)
      return latencyOf(warehouse, task)
    }
    await progress.step('Latency, warming up', () =>
      measure(RATES[0]!, quick ? QUICK_WARM_SECONDS : WARM_SECONDS),
    )
    const latencies: Latency[] = []
    for (const rate of RATES) {
      const title = `Latency at ${rate.toLocaleString('en')} lines/s`
      latencies.push(await progress.step(title, () => measure(rate, quick ? QUICK_SECONDS : SECONDS)))
    }
    return { table: tableOf(latencies), figures: figuresOf(latencies) }
  } finally {
    await warehouse.close()
    await close()
  }
}

/** From here on, every row of the partition before the offset is returned by the warehouse. */
interface Horizon {
  at: number
  end: number
}

async function latencyOf(warehouse: Warehouse, task: ProduceTask): Promise<Latency> {
  const horizons = new Map<number, Horizon[]>()
  const producing = new AbortController()
  let progressAt = Date.now()
  const produced = inProcess(process.execPath, 'latency/producer.ts', task)
    .then(async () => JSON.parse(await readFile(task.sent, 'utf8')) as Sent[])
    .finally(() => producing.abort())
  // Whoever polls hears of it when it looks for what was sent.
  produced.catch(() => undefined)
  for (;;) {
    for (const [partition, end] of await ends(warehouse)) {
      const list = horizons.get(partition) ?? []
      horizons.set(partition, list)
      if ((list.at(-1)?.end ?? 0) >= end) continue
      progressAt = Date.now()
      list.push({ at: progressAt, end })
    }
    if (producing.signal.aborted && isAllSeen(await produced, horizons)) break
    if (Date.now() - progressAt > STALL_MS) {
      throw new Error(`No row came into the warehouse for ${STALL_MS / 1000} s. Look at what ingest logs.`)
    }
    await delay(POLL_MS)
  }
  const sent = await produced
  const delays = sent.map(
    ({ partition, offset, at }) => horizons.get(partition)!.find(({ end }) => end > offset)!.at - at,
  )
  return {
    lines_per_s: task.lines_per_s,
    messages: sent.length,
    p50_ms: quantileOf(delays, 0.5),
    p99_ms: quantileOf(delays, 0.99),
    max_ms: quantileOf(delays, 1),
  }
}

/** First offset of each partition that the warehouse has no row of; a chain is loaded in the order of its offsets. */
async function ends(warehouse: Warehouse): Promise<Map<number, number>> {
  const answer = await warehouse.query({
    query: `
      select partition, max(offset) + 1 as end
      from fact_sales
      where produced_at >= now64(3) - {window:UInt32}
      group by partition`,
    query_params: { window: WINDOW_S },
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ partition: number; end: string }>()
  return new Map(rows.map(({ partition, end }) => [partition, Number(end)]))
}

function isAllSeen(sent: readonly Sent[], horizons: ReadonlyMap<number, readonly Horizon[]>): boolean {
  return sent.every(({ partition, offset }) => (horizons.get(partition)?.at(-1)?.end ?? 0) > offset)
}

function tableOf(latencies: readonly Latency[]): string {
  const rows = [['From scan to queryable', 'messages', 'p50', 'p99', 'longest', 'goal']]
  for (const { lines_per_s, messages, p50_ms, p99_ms, max_ms } of latencies) {
    const verdict = p99_ms < GOAL.p99_ms ? 'met' : 'not met'
    const goal = lines_per_s === GOAL.lines_per_s ? `p99 under ${GOAL.p99_ms / 1000} s: ${verdict}` : ''
    rows.push([
      `${lines_per_s.toLocaleString('en')} lines/s`,
      messages.toLocaleString('en'),
      ...[p50_ms, p99_ms, max_ms].map((ms) => `${Math.round(ms)} ms`),
      goal,
    ])
  }
  return `${alignTable(rows)}\nFrom the producer's clock, for every message; the warehouse is asked every ${POLL_MS} ms.`
}

function figuresOf(latencies: readonly Latency[]): Record<string, number> {
  return Object.fromEntries(
    latencies.flatMap(({ lines_per_s, p50_ms, p99_ms, max_ms }) => [
      [`latency_${lines_per_s}_lines_per_s_p50_ms`, p50_ms],
      [`latency_${lines_per_s}_lines_per_s_p99_ms`, p99_ms],
      [`latency_${lines_per_s}_lines_per_s_max_ms`, max_ms],
    ]),
  )
}
