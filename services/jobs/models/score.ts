/** Forecasts of all series for the 28 days after the last day that is over, with their reasons. */

import type { ModelVersion } from '@shelfcast/contracts/models'
import { baselineOf } from '@shelfcast/inference/model/baseline'
import { type Bundle, lakeSource } from '@shelfcast/inference/model/bundle'
import { loadTrusted } from '@shelfcast/inference/model/trust'
import { newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf, rowsOf } from '@shelfcast/warehouse/queries/rows'
import type { Backends } from '../backends.ts'
import type { Job } from '../engine/job.ts'
import { bringUpToDate } from './build-features.ts'
import { scoreStores } from './scoring.ts'

export interface Scored {
  origin: string
  /** Forecasts of the origin by who serves now. */
  rows: number
  /** False where they were there. */
  isNew: boolean
  /** Version that serves, or baseline:NAME. */
  version: string
  /** Why a baseline serves, or a challenger is not tried. */
  shortfalls: string[]
}

export interface ScoreOptions {
  signal: AbortSignal
  /** Also where all is there. */
  force: boolean
  onProgress?(done: number, of: number): void
}

/**
 * Not to be done twice at once: runs of the job are one after the other.
 * @returns undefined when there is no sale yet
 */
export async function score(backends: Backends, options: ScoreOptions): Promise<Scored | undefined> {
  const { warehouse, lake, registry } = backends
  const up = await bringUpToDate(backends, { forTraining: false, signal: options.signal })
  if (!up) return undefined
  // First: what changes after it is a turn of its own, and scored by the next run.
  const turn = await registry.turn('demand')
  const [champion, experiment] = await Promise.all([
    registry.champion('demand'),
    registry.experiment('demand'),
  ])
  const servingVersion = champion?.version ?? 'baseline:'
  const stored = await scoredRows(backends, { origin: up.origin, turn, version: servingVersion })
  if (!options.force && stored !== undefined)
    return { origin: up.origin, isNew: false, shortfalls: [], ...stored }
  const bundles: Bundle[] = []
  const shortfalls: string[] = []
  const ifTrusted = async (version: ModelVersion | undefined, otherwise: string) => {
    if (!version) return undefined
    try {
      const bundle = await loadTrusted(lakeSource(lake, version.prefix), version.manifest)
      bundles.push(bundle)
      return bundle
    } catch (error) {
      shortfalls.push(`${otherwise}: ${(error as Error).message}`)
      return undefined
    }
  }
  try {
    if (!champion)
      shortfalls.push(
        'There is no champion yet, so the best baseline serves. Train one: npm run jobs -- train',
      )
    const distrusted = {
      champion: 'The champion cannot be trusted, so the best baseline serves',
      challenger: 'The challenger cannot be trusted, so it is not tried',
    }
    const main = await ifTrusted(champion, distrusted.champion)
    const challenger = await ifTrusted(
      experiment && (await registry.version('demand', experiment.challenger)),
      distrusted.challenger,
    )
    const { rows, version, build, troubles } = await scoreStores({
      backends,
      origin: up.origin,
      turn,
      bundles: {
        champion: main,
        ...(champion && { baseline: baselineOf(champion.manifest) }),
        ...(experiment &&
          challenger && { experiment: { mode: experiment.mode, share: experiment.share, challenger } }),
      },
      signal: options.signal,
      onProgress: options.onProgress,
    })
    for (const { role, message } of troubles)
      shortfalls.push(`${distrusted[role === 'champion' ? role : 'challenger']}: ${message}`)
    const { origin, feature_hash, built_at } = build
    await warehouse.insert({
      table: 'forecast_scorings',
      values: [{ origin, feature_hash, built_at, turn, model_version: version, rows }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
    return {
      origin: up.origin,
      rows,
      isNew: true,
      version,
      shortfalls,
    }
  } finally {
    for (const bundle of bundles) await bundle.release()
  }
}

/** What was scored of the newest features of the origin since the registry last changed; undefined where nothing was. */
async function scoredRows(
  { warehouse }: Backends,
  { origin, turn, version }: { origin: string; turn: number; version: string },
): Promise<{ version: string; rows: number } | undefined> {
  const build = await newestBuild(readerOf(warehouse), { origin })
  if (!build) return undefined
  const [row] = await rowsOf<{ version: string; rows: number }>(
    warehouse,
    `
    select
        argMax(model_version, scored_at) as version,
        argMax(forecast_scorings.rows, scored_at) as rows
    from forecast_scorings
    where origin = {origin:Date}
        and feature_hash = {feature_hash:String}
        and built_at = {built_at:DateTime64(3, 'UTC')}
        and turn = {turn:UInt64}`,
    { ...build, turn },
  )
  return row?.version.startsWith(version) ? row : undefined
}

export function scoreJob(): Job<'score'> {
  return {
    name: 'score',
    async run({ backends, parameters, progress, signal }) {
      const result = await score(backends, {
        signal,
        force: parameters.force,
        onProgress: (done, total) => progress({ step: 'Forecasts', done, total }),
      })
      if (!result)
        return {
          figures: { rows: 0 },
          shortfalls: ['There is no sale yet of a day that is over, so nothing can be forecast.'],
        }
      return {
        figures: { rows: result.isNew ? result.rows : 0 },
        shortfalls: result.shortfalls,
        detail: { origin: result.origin, version: result.version },
      }
    },
  }
}
