/** The history that a twin has when it begins to live: some years of it in the lake, up to the day before. */

import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { calendarDate, type DaySpan, dayNumber, dayOf, utcDay } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'
import { type Run, runNames } from '../director/run.ts'
import type { World } from '../world/world.ts'
import { historyFolder, readManifest } from './manifest.ts'
import { bucketTarget } from './target.ts'
import { storeDaysOf, writeHistory } from './write.ts'

export interface SeedOptions {
  lake: Lake
  world: World
  seed: number
  run: Run
  /** Last day of the history: see lastDay. */
  until: number
  years: number
  /** @param done store days made so far, of `total` */
  onProgress?(done: number, total: number): void
}

const startName = (run: Run) => `twin/${run.id}/start.json`

/** Where the live stream begins when a history ends: see LiveStart of the till. */
export interface Start {
  day: number
  /** By store of the world. */
  states: Uint8Array[]
}

/**
 * Writes the history of a run, once: a finished one is only recognised, and one that was interrupted begins anew.
 * @returns undefined for a run that lives already and has no history, which it can no longer get
 */
export async function seedHistory(options: SeedOptions): Promise<HistoryManifest | undefined> {
  const { lake, world, seed, run, until, years, onProgress } = options
  const manifest = await readManifest(lake, run)
  if (manifest) return manifest
  if (await lake.metadata('raw', runNames(run).place)) return undefined
  const span: DaySpan = { from: yearsBefore(until, years), to: until }
  const total = storeDaysOf(world, span)
  return writeHistory({
    world,
    seed,
    span,
    dataset: run.id,
    target: bucketTarget(lake.client, {
      bucket: lake.bucket('raw'),
      folder: historyFolder(run).slice(0, -1),
      overwrite: false,
    }),
    // Threads would have to hand the stores' states over, to save a second.
    workers: 1,
    onProgress: (done) => onProgress?.(done, total),
    onStates: (states) => writeStart(lake, run, { day: until + 1, states }),
  })
}

/** Yesterday, by a clock in UTC: a day that is over, or nearly, at every store. */
export function lastDay(now: number): number {
  return utcDay(now) - 1
}

/** The first day of a span of whole years that ends with `until`. */
function yearsBefore(until: number, years: number): number {
  const { year, month, date } = calendarDate(until + 1)
  // A history up to 28 February of a leap year begins on 1 March.
  return dayNumber(year - years, month, date)
}

async function writeStart(lake: Lake, run: Run, { day, states }: Start): Promise<void> {
  const text = JSON.stringify({ day, states: states.map((state) => Buffer.from(state).toString('base64')) })
  await lake.put('raw', startName(run), Buffer.from(text))
}

/** Where the live stream of a run begins; undefined when it has no history, and begins with new stores. */
export async function readStart(lake: Lake, run: Run): Promise<Start | undefined> {
  const manifest = await readManifest(lake, run)
  if (!manifest) return undefined
  const text = (await lake.read('raw', startName(run))).toString('utf8')
  const { day, states } = JSON.parse(text) as { day: number; states: string[] }
  if (day !== dayOf(manifest.to) + 1) {
    throw new Error(
      `Object raw/${startName(run)} is not of the history that ends on ${manifest.to}. Delete raw/${historyFolder(run)} to write both anew.`,
    )
  }
  return { day, states: states.map((state) => Buffer.from(state, 'base64')) }
}
