/** Sales on several processor cores: each thread has whole clusters, so files are the same for any number of threads. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DaySpan } from '@shelfcast/contracts/dates'
import type { Conditions } from '../sim/model.ts'
import type { World } from '../world/world.ts'
import type { SalesOptions } from './sales.ts'
import type { NewObject } from './target.ts'

// What a day leaves behind is small; more room would only be filled before it is swept.
const YOUNG_MB = 24

export interface WorkerTask {
  world: World
  seed: number
  stores: readonly number[]
  span: DaySpan
  fileRows: number | undefined
}

/** A thread sends an object and waits until it is written, so memory holds one object a thread. */
export type WorkerMessage = { object: NewObject } | { storeDays: number }

/** @param threads how many at most; fewer when there are fewer clusters */
export async function writeSalesInThreads(
  options: Omit<SalesOptions, 'stores'>,
  threads: number,
): Promise<void> {
  const shares = shareOut(options.conditions.world, threads)
  const workers: Worker[] = []
  try {
    await Promise.all(shares.map((stores) => work(stores)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  async function work(stores: number[]): Promise<void> {
    const { conditions, span, fileRows } = options
    const task: WorkerTask = { world: conditions.world, seed: conditions.seed, stores, span, fileRows }
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    workers.push(worker)
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => undefined)
    worker.on('message', (message: WorkerMessage) => {
      if ('storeDays' in message) options.onProgress?.(message.storeDays)
      else options.put(message.object).then(() => worker.postMessage('written'), failed.reject)
    })
    const [code] = (await Promise.race([once(worker, 'exit'), failed.promise])) as [number]
    if (code !== 0) throw new Error(`A thread of the history ended with exit code ${code}.`)
  }
}

/** Clusters go, largest first, to the share that has the fewest stores. */
function shareOut(world: World, threads: number): number[][] {
  const clusters = new Map<string, number[]>()
  for (const [store, { cluster }] of world.stores.entries()) {
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), store])
  }
  const shares = Array.from({ length: Math.min(threads, clusters.size) }, (): number[] => [])
  for (const stores of [...clusters.values()].sort((a, b) => b.length - a.length)) {
    const smallest = shares.reduce((least, share) => (share.length < least.length ? share : least))
    smallest.push(...stores)
  }
  return shares.map((stores) => stores.sort((a, b) => a - b))
}

/** True when threads would have something to share. */
export function canShare({ world }: Conditions): boolean {
  return new Set(world.stores.map(({ cluster }) => cluster)).size > 1
}
