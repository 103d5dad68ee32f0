/** A history as a whole: its tables, its reference data, and the manifest that says what is there. */
import { createHash } from 'node:crypto'
import type { HistoryManifest, HistoryObject } from '@shelfcast/contracts/datasets/histories'
import { type DaySpan, dateOf } from '@shelfcast/contracts/dates'
import { createConditions } from '../sim/conditions.ts'
import { TWIN_SOURCE, toReference } from '../world/reference.ts'
import type { World } from '../world/world.ts'
import { writeSales } from './sales.ts'
import { surroundings } from './surroundings.ts'
import type { NewObject, Target } from './target.ts'
import { canShare, writeSalesInThreads } from './workers.ts'

export interface HistoryOptions {
  world: World
  seed: number
  span: DaySpan
  dataset: string
  target: Target
  /** Threads to use; 1 is this one. */
  workers: number
  /** @param done store days made so far */
  onProgress?(done: number): void
  /** Called when all is written but the manifest, with what the stores begin the next day with. One worker only. */
  onStates?(states: Uint8Array[]): Promise<void>
}

/** The same world, seed and days give the same bytes, with any number of workers. */
export async function writeHistory(options: HistoryOptions): Promise<HistoryManifest> {
  const { world, seed, span, dataset, target, onStates } = options
  const conditions = createConditions(world, seed)
  const objects: HistoryObject[] = []
  await target.begin()

  async function put({ name, table, rows, body }: NewObject): Promise<void> {
    await target.put(name, body)
    const sha256 = createHash('sha256').update(body).digest('hex')
    objects.push({ name, table, rows, bytes: body.byteLength, sha256 })
  }

  for (const object of surroundings(conditions, span)) await put(object)
  for (const [kind, rows] of Object.entries(toReference(world))) {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    await target.put(`reference/${kind}.ndjson`, Buffer.from(text))
  }

  let done = 0
  const onProgress = (storeDays: number) => {
    done += storeDays
    options.onProgress?.(done)
  }
  if (options.workers > 1 && canShare(conditions) && !onStates) {
    await writeSalesInThreads({ conditions, span, put, onProgress }, options.workers)
  } else {
    const stores = world.stores.map((_, store) => store)
    const states = await writeSales({ conditions, stores, span, put, onProgress })
    await onStates?.(states)
  }

  const manifest: HistoryManifest = {
    dataset,
    source: TWIN_SOURCE,
    world: world.name,
    seed,
    from: dateOf(span.from),
    to: dateOf(span.to),
    currency: world.currency,
    objects: objects.sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
  await target.finish(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
  return manifest
}

export function storeDaysOf(world: World, { from, to }: DaySpan): number {
  return world.stores.length * (to - from + 1)
}
