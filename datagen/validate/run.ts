/** Measures a world and writes what was found. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import type { World } from '../world/world.ts'
import { charts } from './charts.ts'
import { digest } from './digest.ts'
import { type Digests, type Figure, measure, REAL } from './figures.ts'
import { page } from './page.ts'
import { readRealData } from './real-data.ts'
import { digestTwin, observeTwin } from './twin.ts'

export interface Validation {
  world: World
  seed: number
  years: number
  /** Folder of the real data. */
  dataDir: string
  /** Folder for the page. */
  out: string
}

export interface ValidationResult {
  figures: Figure[]
  /** The page of plots. */
  path: string
  /** Files of real data that are not there. */
  missing: string[]
}

export const PAGE = 'index.html'
const DAYS_OF_YEAR = 365.25

/** @param tell what is going on, and how much of it is done where that is known */
export async function validate(
  { world, seed, years, dataDir, out }: Validation,
  tell: (what: string, share?: number) => void,
): Promise<ValidationResult> {
  const { data, missing } = await readRealData(dataDir, (name) => tell(`reading ${name}`))
  const real: Digests = {}
  for (const name of REAL) if (data[name]) real[name] = digest(data[name])

  const end = dayOf(world.reference_date)
  // Whole years begin where theirs does, whatever the leap days.
  const days = Math.max(1, Math.round(years * DAYS_OF_YEAR))
  const observation = { world, seed, first: end - days, days }
  const living = `living through ${days} days of ${world.stores.length} stores and ${world.products.length} products`
  const twin = observeTwin(observation, (share) => tell(living, share))
  tell('measuring the twin')
  const measured = digestTwin(twin)
  const figures = measure(measured, real)
  await mkdir(out, { recursive: true })
  const path = join(out, PAGE)
  const subject =
    `World ${world.name}, seed ${seed}: ${world.stores.length} stores and ${world.products.length} products from ` +
    `${dateOf(end - days)} to ${dateOf(end - 1)}; baskets of ${twin.basketDays} days.`
  await writeFile(path, page({ subject, figures, charts: charts(measured, real) }))
  return { figures, path, missing }
}
