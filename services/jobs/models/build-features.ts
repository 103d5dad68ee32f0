/** Daily series and features brought up to the last day that is over, and those that a training needs. */
import { addDays } from '@shelfcast/contracts/dates'
import { STEP_DAYS, TRAINING_ORIGINS } from '@shelfcast/contracts/training'
import { featureTable } from '@shelfcast/contracts/warehouse'
import { buildFeatures, featureHash } from '@shelfcast/warehouse/features'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { refreshSeries } from '@shelfcast/warehouse/series'
import type { Backends } from '../backends.ts'
import type { Job } from '../engine/job.ts'

/** Origins that nobody trains on are kept this long, to be looked at. */
const KEPT_ORIGINS = 60

/** Origins that a training up to a day takes, the newest first. */
export const trainingOrigins = (last: string) =>
  Array.from({ length: TRAINING_ORIGINS }, (_, index) => addDays(last, -index * STEP_DAYS))

/** Name of the object with the features of an origin. */
export const featureObject = (hash: string, origin: string) => `forecast/${hash}/origin=${origin}.parquet`

export type FeatureProgress = (done: number, total: number, step: string) => Promise<void> | void

/**
 * @param forTraining also the origins that a training takes
 * @returns undefined when there is no sale yet
 */
export async function bringUpToDate(
  backends: Backends,
  options: { forTraining: boolean; signal: AbortSignal; onProgress?: FeatureProgress },
): Promise<{ origin: string; built: number; rows: number } | undefined> {
  const { warehouse, server } = backends
  const last = await refreshSeries(warehouse)
  if (last === undefined) return undefined
  const { origins, rows } = await buildFeatures({
    warehouse,
    server,
    origins: options.forTraining ? trainingOrigins(last) : [last],
    objectOf: featureObject,
    signal: options.signal,
    onProgress: (done, total, step) => void options.onProgress?.(done, total, step),
  })
  await dropOld(backends, last)
  return { origin: last, built: origins.length, rows }
}

export function buildFeaturesJob(): Job<'build-features'> {
  return {
    name: 'build-features',
    async run({ backends, parameters, progress, signal }) {
      const done = await bringUpToDate(backends, {
        forTraining: parameters.force,
        signal,
        onProgress: (built, total, text) => progress({ step: 'Features', done: built, total, text }),
      })
      if (!done)
        return {
          figures: { origins: 0, rows: 0 },
          shortfalls: [
            'There is no sale yet of a day that is over, so there is nothing to make features of.',
          ],
        }
      return { figures: { origins: done.built, rows: done.rows }, shortfalls: [] }
    },
  }
}

/** Drops the tables of other definitions, and origins that are neither new nor a training's. */
async function dropOld({ warehouse, registry }: Backends, last: string): Promise<void> {
  const current = featureTable(featureHash())
  const namesInUse = new Set(
    (await registry.versions('demand')).map(({ feature_hash }) => featureTable(feature_hash)),
  )
  const tables = await rowsOf<{ name: string }>(
    warehouse,
    `select name from system.tables where database = currentDatabase() and match(name, '^features_[0-9a-f]{12}$')`,
  )
  for (const { name } of tables)
    if (name !== current && !namesInUse.has(name))
      await warehouse.command({ query: `drop table if exists ${name}` })
  const builds = await rowsOf<{ day: string }>(
    warehouse,
    `
    select toString(feature_builds.origin) as day
    from feature_builds
    where feature_hash = {hash:String}
    group by feature_builds.origin
    having dateDiff('day', feature_builds.origin, toDate({last:String})) % {step:UInt32} != 0
    order by feature_builds.origin desc
    limit 100000 offset {kept:UInt32}`,
    { hash: featureHash(), last, step: STEP_DAYS, kept: KEPT_ORIGINS },
  )
  for (const { day: origin } of builds) {
    await warehouse.command({ query: `alter table ${current} drop partition '${origin}'` })
    await warehouse.command({
      query: `delete from feature_builds where feature_hash = {hash:String} and origin = {origin:Date}`,
      query_params: { hash: featureHash(), origin },
    })
  }
}
