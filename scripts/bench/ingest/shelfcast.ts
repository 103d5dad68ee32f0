/** The path of Shelfcast: ingest as a process of its own, from a filled topic to rows in lake and warehouse. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BLOCK_METADATA } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { layout } from '../../layout.ts'
import { createPart } from '../../part.ts'
import { plan } from '../../plans.ts'
import { type Outcome, TOPIC } from './baskets.ts'
import type { FilledTopic, Stores } from './stage.ts'
import { type Usage, usageOf } from './usage.ts'

export interface ShelfcastRun {
  /** From the moment when ingest began to work until every row was read in the warehouse, and so in the lake. */
  wall_s: number
  /** From the start of the process: with Node's start and the reading of the code. */
  from_start_s: number
  /** CPU seconds by process, of the run alone. */
  cpu_s: Record<string, number>
  peak_mb: Record<string, number>
  blocks: number
  lake_bytes: number
}

const POLL_MS = 100
const STALL_MS = 60_000

/** @param profile folder that gets a CPU profile of ingest */
export async function runShelfcast(topic: FilledTopic, profile?: string): Promise<ShelfcastRun> {
  const stores = await topic.openStores(['lake', 'warehouse'])
  const { environment } = stores.stack
  const warehouse = createWarehouse({
    url: environment.CLICKHOUSE_URL!,
    user: environment.CLICKHOUSE_USER!,
    password: environment.CLICKHOUSE_PASSWORD!,
    application: 'bench',
  })
  try {
    return await measure(topic, stores, warehouse, profile)
  } finally {
    await warehouse.close()
    await stores.close()
  }
}

async function measure(
  topic: FilledTopic,
  stores: Stores,
  warehouse: Warehouse,
  profile?: string,
): Promise<ShelfcastRun> {
  const { stack, lake } = stores
  const planned = plan('ingest', stores.input)
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const { logs } = layout(stack.dataDir)
  const ingest = createPart('ingest', { ...planned, args: [...flags, ...planned.args] }, logs)
  const others = { broker: topic.broker, 'object store': stack.part('lake'), warehouse: stack.part('warehouse') }
  const usages = (parts: Record<string, { pid: number | undefined }>) =>
    Object.fromEntries(Object.entries(parts).map(([name, { pid }]) => [name, usageOf(pid)]))
  const before = usages(others)
  const began = Date.now()
  await ingest.start()
  try {
    await untilReadable(warehouse, topic.outcome)
    const done = Date.now()
    const after: Record<string, Usage> = usages({ ingest, ...others })
    if (ingest.restarts > 0) throw new Error(`ingest ended and was started again. Look at ${logs}.`)
    const { blocks, lake_bytes } = await expectExact(lake, warehouse, topic.outcome)
    return {
      wall_s: (done - beganToWork(join(logs, 'ingest.log'))) / 1000,
      from_start_s: (done - began) / 1000,
      cpu_s: Object.fromEntries(
        Object.entries(after).map(([name, { cpu_s }]) => [name, cpu_s - (before[name]?.cpu_s ?? 0)]),
      ),
      peak_mb: Object.fromEntries(Object.entries(after).map(([name, { peak_mb }]) => [name, peak_mb])),
      blocks,
      lake_bytes,
    }
  } finally {
    await ingest.stop()
  }
}

/** When ingest said that it was ready, in milliseconds since 1970: from then on it reads. */
function beganToWork(log: string): number {
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    if (line.includes('"msg":"ready"')) return Date.parse((JSON.parse(line) as { time: string }).time)
  }
  throw new Error(`${log} does not say "ready". Look at what services/runtime/service.ts logs.`)
}

/** Waits until the warehouse answers with every line that the topic holds, accepted or refused. */
async function untilReadable(warehouse: Warehouse, { accepted, refused }: Outcome): Promise<void> {
  let last: Counted = { accepted: 0, refused: 0 }
  let moved = Date.now()
  for (;;) {
    const found = await counted(warehouse)
    if (found.accepted >= accepted && found.refused >= refused) return
    if (found.accepted + found.refused > last.accepted + last.refused) moved = Date.now()
    last = found
    if (Date.now() - moved > STALL_MS) {
      throw new Error(
        `Nothing came into the warehouse for ${STALL_MS / 1000} s: it holds ${found.accepted} accepted lines of ${accepted} and ${found.refused} refused of ${refused}.`,
      )
    }
    await delay(POLL_MS)
  }
}

interface Counted {
  accepted: number
  refused: number
}

async function counted(warehouse: Warehouse): Promise<Counted> {
  const answer = await warehouse.query({
    query: `
      select
          (select count() from fact_sales) as accepted,
          (select sum(line_count) from dead_letters) as refused`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ accepted: string; refused: string }>()
  return { accepted: Number(row!.accepted), refused: Number(row!.refused) }
}

/** @throws when lake or warehouse hold a line too few or too many */
async function expectExact(lake: Lake, warehouse: Warehouse, outcome: Outcome) {
  const total = { blocks: 0, lake_bytes: 0, messages: 0, accepted: 0 }
  for await (const { name, size } of lake.list('raw', `${TOPIC}/`)) {
    if (!name.endsWith('.parquet')) continue
    const metadata = (await lake.metadata('raw', name))!
    total.blocks++
    total.lake_bytes += size
    total.messages += Number(metadata[BLOCK_METADATA.messages])
    total.accepted += Number(metadata[BLOCK_METADATA.rowsAccepted])
  }
  const answer = await warehouse.query({
    query: `
      select
          count() as lines,
          uniqExact(partition, offset, line_no) as positions,
          (select sum(line_count) from dead_letters) as refused,
          (select sum(lines) from sales_hourly) as hourly
      from fact_sales`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<Record<'lines' | 'positions' | 'refused' | 'hourly', string>>()
  const found = {
    ...{ 'messages in the lake': total.messages, 'accepted lines in the lake': total.accepted },
    ...{ 'lines in fact_sales': Number(row!.lines), 'positions in fact_sales': Number(row!.positions) },
    ...{ 'lines in sales_hourly': Number(row!.hourly), 'lines in dead_letters': Number(row!.refused) },
  }
  const { messages, accepted, refused } = outcome
  const right = [messages, accepted, accepted, accepted, accepted, refused]
  for (const [index, [name, count]] of Object.entries(found).entries()) {
    if (count !== right[index]) throw new Error(`Ingest left ${count} ${name}; it should be ${right[index]}.`)
  }
  return total
}
