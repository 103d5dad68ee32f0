/** Models as the registry knows them, beside how they do. */

import { MODELS, type ModelName } from '@shelfcast/contracts/manifest'
import type { ModelState, ModelsState, RunsState, VersionSummary } from '@shelfcast/contracts/model-answers'
import type { ModelVersion } from '@shelfcast/contracts/models'
import { createAlerts } from '@shelfcast/operational/alerts'
import type { Operational } from '@shelfcast/operational/client'
import { createRegistry } from '@shelfcast/operational/registry'
import { createRuns } from '@shelfcast/operational/runs'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { told } from '../http/refusals.ts'
import { readComparison, readDrift, readLive } from './accuracy.ts'

const EVENTS_SHOWN = 20
const ALERTS_SHOWN = 30
const TRAININGS_SHOWN = 12
/** Of what comes before and after a training: one under way, and the one before. */
const OTHERS_SHOWN = 4

/** @returns what GET answers, and what the stream pushes */
export function createModels(options: { read: Reader; operational: Operational }) {
  const { read, operational } = options
  const registry = createRegistry(operational)
  const alerts = createAlerts(operational)
  const runs = createRuns(operational)

  async function stateOf(model: ModelName, history: readonly ModelVersion[]): Promise<ModelState> {
    const versions = history.filter((version) => version.model === model)
    const champion = versions.find(({ state }) => state === 'champion')?.version ?? null
    const isForecast = model === 'demand'
    const [events, experiment, live, drift] = await Promise.all([
      told(registry.events(model, EVENTS_SHOWN)),
      told(registry.experiment(model)),
      isForecast ? readLive(read) : null,
      champion === null ? [] : readDrift(read, champion),
    ])
    return {
      model,
      champion,
      events,
      live,
      drift,
      versions: versions.map(summaryOf),
      experiment: experiment
        ? { ...experiment, comparison: isForecast ? await readComparison(read, experiment) : null }
        : null,
    }
  }

  return {
    async state(): Promise<ModelsState> {
      const [versions, latest] = await Promise.all([told(registry.versions()), told(alerts.latest())])
      return {
        at: new Date().toISOString(),
        models: await Promise.all(MODELS.map((model) => stateOf(model, versions))),
        alerts: latest
          .toSorted((one, other) => Number(one.cleared_at !== null) - Number(other.cleared_at !== null))
          .slice(0, ALERTS_SHOWN),
      }
    },

    async runs(): Promise<RunsState> {
      const [trainings, otherRuns, champions, open] = await Promise.all([
        told(runs.list({ jobs: ['train'], limit: TRAININGS_SHOWN })),
        told(runs.list({ jobs: ['build-features', 'score'], limit: OTHERS_SHOWN })),
        told(
          operational.query<{ model: ModelName; version: string }>(
            "select model, version from model_versions where state = 'champion' order by model",
          ),
        ),
        told(
          operational.query<{ alerts: number }>(
            'select count(*) as alerts from alerts where cleared_at is null',
          ),
        ),
      ])
      return {
        at: new Date().toISOString(),
        runs: [...trainings, ...otherRuns].sort((one, other) => other.id - one.id),
        champions,
        alerts_open: open[0]?.alerts ?? 0,
      }
    },

    /** Share of the days inside the 80% interval in the backtest; null while the registry does not answer. */
    async coverageOf(version: string): Promise<number | null> {
      const entry = await registry.version('demand', version).catch(() => undefined)
      return entry?.manifest.metrics.coverage_80 ?? null
    },
  }
}

export type Models = ReturnType<typeof createModels>

export function summaryOf({ manifest, prefix: _, ...version }: ModelVersion): VersionSummary {
  const { seed, parameters, metrics, backtest, demand } = manifest
  return {
    ...version,
    seed,
    parameters,
    metrics,
    backtest,
    inputs: manifest.inputs.length,
    baseline: demand?.baseline ?? null,
  }
}
