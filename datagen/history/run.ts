/** A run of the command: where to, and what it came to. */
import { join } from 'node:path'
import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createPatience } from '@shelfcast/runtime/patience'
import { untilReachable } from '../replay/reach.ts'
import { readWorld } from '../world/read.ts'
import { datasetName, type HistoryArguments } from './arguments.ts'
import { createProgress } from './progress.ts'
import { bucketTarget, folderTarget, type Target } from './target.ts'
import { storeDaysOf, writeHistory } from './write.ts'

/** In the raw zone: beside the datasets, so that nobody loads what a person has made for herself. */
const OWN_PREFIX = 'history/'

/** Figures for programs: the last line with --json. */
export interface HistoryFigures {
  dataset: string
  place: string
  store_sku_days: number
  rows: number
  objects: number
  bytes: number
  seconds: number
  store_sku_days_per_s: number
  peak_memory_mb: number
  workers: number
}

export async function runHistory(history: HistoryArguments): Promise<void> {
  const { from, to, seed, workers, json } = history
  const world = readWorld(history.world)
  const dataset = datasetName(from, to)
  const target = await openTarget(history, dataset)
  const span = { from, to }
  const progress = createProgress(dataset, storeDaysOf(world, span))
  const began = performance.now()
  try {
    const manifest = await writeHistory({
      world,
      seed,
      span,
      dataset,
      target,
      workers,
      onProgress: progress.update,
    })
    progress.stop()
    const figures = figuresOf(manifest, target, (performance.now() - began) / 1000, workers)
    process.stdout.write(`${report(figures)}\n`)
    if (json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  } finally {
    progress.stop()
  }
}

async function openTarget({ out, overwrite }: HistoryArguments, dataset: string): Promise<Target> {
  if (out.kind === 'folder') return folderTarget(out.path, dataset, overwrite)
  const environment = readEnvironment(LakeEnvironment)
  await untilReachable({ lake: environment.S3_ENDPOINT }, createPatience())
  const bucket = out.bucket ?? environment.S3_BUCKET_RAW
  const prefix = out.bucket === undefined ? OWN_PREFIX : out.prefix
  return bucketTarget(createLake(environment).client, { bucket, folder: join(prefix, dataset), overwrite })
}

function figuresOf(
  { dataset, objects }: HistoryManifest,
  { place }: Target,
  seconds: number,
  workers: number,
): HistoryFigures {
  const sum = (of: (object: HistoryManifest['objects'][number]) => number) =>
    objects.reduce((total, object) => total + of(object), 0)
  const store_sku_days = sum(({ table, rows }) => (table === 'sales' ? rows : 0))
  return {
    dataset,
    place,
    store_sku_days,
    rows: sum(({ rows }) => rows),
    objects: objects.length,
    bytes: sum(({ bytes }) => bytes),
    seconds: Math.round(seconds * 100) / 100,
    store_sku_days_per_s: Math.round(store_sku_days / seconds),
    // Kilobytes, all threads together.
    peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    workers,
  }
}

function report(figures: HistoryFigures): string {
  const { place, store_sku_days, objects, bytes, seconds, store_sku_days_per_s, peak_memory_mb } = figures
  const number = (value: number) => value.toLocaleString('en')
  return [
    place,
    `${number(store_sku_days)} store-SKU-days in ${number(objects)} objects, ${number(Math.round(bytes / 1e5) / 10)} MB`,
    `${seconds.toFixed(1)} s, ${number(store_sku_days_per_s)} store-SKU-days/s, peak memory ${number(peak_memory_mb)} MB`,
  ].join('\n')
}
