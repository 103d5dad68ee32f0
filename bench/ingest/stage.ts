/** Where the paths run: one broker whose topic is filled once, and for each run stores that are empty. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import type { PlanInput } from '@shelfcast/platform/native/plan'
import { oneShot } from '@shelfcast/platform/native/plans'
import type { PartName } from '@shelfcast/platform/parts/parts'
import { run } from '@shelfcast/platform/processes/run'
import type { Part } from '@shelfcast/platform/supervisor/part'
import { openStack as openFolder, type Stack } from '@shelfcast/platform/supervisor/supervise'
import type { Progress } from '@shelfcast/platform/tools/progress'
import { prepareTools, type Tools } from '@shelfcast/platform/tools/tools'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import { inProcess } from '../measure.ts'
import { type Outcome, reference } from './baskets.ts'
import type { FillTask } from './fill.ts'

/** A broker with the topic in it. */
export interface FilledTopic {
  brokers: string
  broker: Part
  outcome: Outcome
  /** For temporary files of the runs: it goes with the topic. */
  folder: string
  /** Stores that are empty, next to the broker. */
  openStores(parts: readonly ('lake' | 'warehouse')[]): Promise<Stores>
  close(): Promise<void>
}

export interface Stores {
  stack: Stack
  /** For the plan of a service that talks to the broker and to these stores. */
  input: PlanInput
  lake: Lake
  close(): Promise<void>
}

export async function fillTopic(baskets: number, progress: Progress): Promise<FilledTopic> {
  const tools = await prepareTools(progress)
  const kafka = await openStack(['kafka'], tools)
  try {
    const brokers = kafka.stack.environment.KAFKA_BROKERS!
    const outcome = await progress.step(`Topic, ${baskets.toLocaleString('en')} baskets`, () =>
      inProcess<Outcome>(process.execPath, 'ingest/fill.ts', { brokers, baskets } satisfies FillTask),
    )
    return {
      brokers,
      outcome,
      folder: kafka.stack.dataDir,
      broker: kafka.stack.part('kafka'),
      openStores: (parts) => openStores(parts, tools, kafka.stack),
      close: kafka.close,
    }
  } catch (error) {
    await kafka.close()
    throw error
  }
}

/** What to end at once when a person has had enough: the parts do not hear of Ctrl-C themselves. */
const open = new Set<() => void>()
function abandon(): void {
  for (const end of open) end()
  removeFolders()
  process.exit(130)
}

// What was written is deleted after the last measurement: for seconds after a large deletion ext4 takes many times as
// long to create a file, and the next run would pay for it.
const folders = new Set<string>()
function removeFolders(): void {
  // Parts that are being killed may write for a moment longer.
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  folders.clear()
}

/** A stack of its own in a temporary folder, which goes when the last stack is closed. */
export async function openStack(parts: readonly PartName[], tools: Tools) {
  const dataDir = await mkdtemp(join(tmpdir(), 'shelfcast-bench-'))
  const stack = await openFolder({ dataDir, ports: 'free', parts, tools })
  folders.add(dataDir)
  if (open.size === 0) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, abandon)
  open.add(stack.kill)
  const close = async () => {
    await stack.stop()
    open.delete(stack.kill)
    if (open.size > 0) return
    removeFolders()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abandon)
  }
  try {
    await stack.start()
    return { stack, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openStores(parts: readonly PartName[], tools: Tools, broker: Stack): Promise<Stores> {
  const { stack, close } = await openStack(parts, tools)
  try {
    const { dataDir, secrets } = stack
    const ports = { ...stack.ports, kafka: broker.ports.kafka }
    const input = {
      dataDir,
      ports,
      secrets,
      tools,
      settings: process.env,
      parts: ['kafka' as const, ...parts],
    }
    const { command, args, environment: env } = oneShot('provision', input)
    await run(command, args, { env })
    return { stack, input, lake: await publishReference(stack), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The lake of a stack. */
export function lakeOf({ environment }: Stack): Lake {
  return createLake({
    S3_ENDPOINT: environment.S3_ENDPOINT!,
    S3_REGION: environment.S3_REGION!,
    S3_ACCESS_KEY: environment.S3_ACCESS_KEY!,
    S3_SECRET_KEY: environment.S3_SECRET_KEY!,
    S3_BUCKET_RAW: environment.S3_BUCKET_RAW!,
    S3_BUCKET_CURATED: environment.S3_BUCKET_CURATED!,
    S3_BUCKET_FEATURES: environment.S3_BUCKET_FEATURES!,
    S3_BUCKET_TRUTH: environment.S3_BUCKET_TRUTH!,
  })
}

/** Publishes the stores and products of the baskets. */
export async function publishReference(stack: Stack): Promise<Lake> {
  const lake = lakeOf(stack)
  for (const dataset of [STORES, PRODUCTS]) {
    const rows = reference[dataset.kind].map((row) => JSON.stringify(row))
    await lake.put('raw', snapshotName(dataset, 'bench'), Buffer.from(rows.join('\n')))
  }
  return lake
}
