/** The path of Shelfcast: ingest as a process of its own, from a filled topic to rows in lake and warehouse. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { plan } from '@shelfcast/platform/native/plans'
import { layout } from '@shelfcast/platform/state/layout'
import { createPart, type Part } from '@shelfcast/platform/supervisor/part'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { createLanded, expectExact, type Landed, untilReadable, warehouseOf } from './landed.ts'
import type { FilledTopic, Stores } from './stage.ts'
import { since, type Usage, usagesOf } from './usage.ts'

export interface PathRun {
  wall_s: number
  /** By process: CPU of the run alone, memory of the whole life. */
  used: Record<string, Usage>
}

export interface ShelfcastRun extends PathRun {
  /** From the start of the process, with Node's start and the reading of the code; `wall_s` is from the first fetch. */
  from_start_s: number
  blocks: number
  lake_bytes: number
}

const POLL_MS = 100
const START_POLL_MS = 20
const STALL_MS = 60_000
/** Longer than a run takes: loading is held until it is let go. */
const HOLD_S = 600

interface Stage {
  topic: FilledTopic
  stores: Stores
  warehouse: Warehouse
  ingest: Part
  /** All processes of the path. */
  parts: Record<string, Part>
}

/**
 * Everything at once, as it runs every day.
 * @param profile folder that gets a CPU profile of ingest
 */
export function runShelfcast(topic: FilledTopic, profile?: string): Promise<ShelfcastRun> {
  return onStage(topic, profile, async (stage) => {
    const { ingest, warehouse, stores, parts } = stage
    const started = Date.now()
    const [first] = await Promise.all([firstFetch(stage), ingest.start()])
    await untilReadable(warehouse, topic.outcome)
    const done = Date.now()
    const used = since(first.used, usagesOf(parts))
    const landed = await createLanded(stores.lake).read()
    await expectExact(landed, warehouse, topic.outcome)
    return {
      wall_s: (done - first.at) / 1000,
      from_start_s: (done - started) / 1000,
      used,
      blocks: landed.blocks,
      lake_bytes: landed.bytes,
    }
  })
}

/** First the lake alone, with loading held, and then the loading of all that waits, alone. */
export function runApart(topic: FilledTopic): Promise<{ lake: PathRun; load: PathRun }> {
  return onStage(topic, undefined, async (stage) => {
    const { ingest, warehouse, parts } = stage
    const [first] = await Promise.all([firstFetch(stage), hold(stage), ingest.start()])
    const wall_s = await untilLanded(stage, first.at)
    const between = usagesOf(parts)
    const began = performance.now()
    await say(stage, 'resume')
    await untilReadable(warehouse, topic.outcome)
    const load_s = (performance.now() - began) / 1000
    return {
      lake: { wall_s, used: since(first.used, between) },
      load: { wall_s: load_s, used: since(between, usagesOf(parts)) },
    }
  })
}

async function onStage<R>(
  topic: FilledTopic,
  profile: string | undefined,
  measure: (stage: Stage) => Promise<R>,
): Promise<R> {
  const stores = await topic.openStores(['lake', 'warehouse'])
  const { stack, input } = stores
  const warehouse = warehouseOf(stack.environment)
  const ingestPlan = plan('ingest', input)
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const ingest = createPart(
    'ingest',
    { ...ingestPlan, args: [...flags, ...ingestPlan.args] },
    layout(stack.dataDir).logs,
  )
  const parts = {
    ingest,
    warehouse: stack.part('warehouse'),
    'object store': stack.part('lake'),
    broker: topic.broker,
  }
  try {
    const result = await measure({ topic, stores, warehouse, ingest, parts })
    const restarts = Object.values(parts).reduce((sum, part) => sum + part.restarts, 0)
    if (restarts > 0)
      throw new Error('A process ended during the run and was started again: it counts for nothing.')
    return result
  } finally {
    await ingest.stop()
    await warehouse.close()
    await stores.close()
  }
}

/** Waits until ingest has its partitions and begins to fetch. @returns when, and what all had used by then */
async function firstFetch({ stores, parts }: Stage): Promise<{ at: number; used: Record<string, Usage> }> {
  const log = join(layout(stores.stack.dataDir).logs, 'ingest.log')
  const deadline = Date.now() + STALL_MS
  while (Date.now() < deadline) {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []
    const joined = lines.find((line) => line.includes('"msg":"joined the group"'))
    if (joined)
      return { at: Date.parse((JSON.parse(joined) as { time: string }).time), used: usagesOf(parts) }
    await delay(START_POLL_MS)
  }
  throw new Error(
    `${log} does not say "joined the group", which services/ingest/stream/kafka/intake.ts logs.`,
  )
}

/** Holds loading before there is something to load: the process answers before it reads. */
async function hold(stage: Stage): Promise<void> {
  for (;;) {
    const isHeld = await say(stage, 'pause', { seconds: HOLD_S }).catch(() => false)
    if (isHeld) return
    await delay(START_POLL_MS)
  }
}

async function say({ stores }: Stage, what: 'pause' | 'resume', body: object = {}): Promise<boolean> {
  const url = `http://127.0.0.1:${stores.input.ports.ingest.health}/loading/${what}`
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).ok
}

/**
 * Waits until every line is in the lake.
 * @returns seconds that it takes at the best pace seen since the first fetch: the last block of each partition waits
 *          for more while loading is behind, and that wait is not work
 */
async function untilLanded(stage: Stage, began: number): Promise<number> {
  const { outcome } = stage.topic
  const lake = createLanded(stage.stores.lake)
  let landed: Landed | undefined
  let pace = 0
  let moved = Date.now()
  for (;;) {
    const blocks = await lake.read()
    const now = Date.now()
    if (blocks.lines > (landed?.lines ?? 0)) {
      moved = now
      pace = Math.max(pace, blocks.lines / (now - began))
    }
    landed = blocks
    if (landed.messages >= outcome.messages) return outcome.lines / pace / 1000
    if (now - moved > STALL_MS) {
      throw new Error(
        `The lake holds ${landed.messages} messages of ${outcome.messages}, and nothing came for a minute.`,
      )
    }
    await delay(POLL_MS)
  }
}
