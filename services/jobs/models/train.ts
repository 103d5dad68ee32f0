/**
 * A model from features to the registry: trained, held against the training library in Node, registered, and promoted
 * when it passes the gate. What fails leaves everything as it was.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelManifest, type ModelName, OTHER_MODELS } from '@shelfcast/contracts/manifest'
import type { GateVerdict } from '@shelfcast/contracts/models'
import { folderSource, loadBundle } from '@shelfcast/inference/model/bundle'
import { checkParity } from '@shelfcast/inference/model/parity'
import { saveBundle } from '@shelfcast/operational/bundles'
import { holdGate } from '@shelfcast/operational/gate'
import type { Logger } from '@shelfcast/runtime/log'
import { featureInputs } from '@shelfcast/warehouse/features'
import type { Backends } from '../backends.ts'
import type { Job } from '../engine/job.ts'
import { bringUpToDate } from './build-features.ts'
import { score } from './score.ts'
import { pythonOf, type TrainingStep, trainModel } from './training.ts'

export interface Trained {
  manifest: ModelManifest
  gate: GateVerdict
  promoted: boolean
  /** Largest relative difference of Node from the training library. */
  parity: number
}

export interface TrainOptions {
  environment: NodeJS.ProcessEnv
  model: ModelName
  /** Of shelfcast-models train, such as --trials 20. */
  flags?: readonly string[]
  actor: string
  signal: AbortSignal
  log: Logger
  onStep(step: TrainingStep): void
}

/** @throws when it could not be trained, or Node does not say what the training library says: then it is not registered */
export async function train(stores: Backends, options: TrainOptions): Promise<Trained> {
  const { model, signal, onStep, actor } = options
  const { registry, lake } = stores
  onStep({ step: 'Features', done: 0, total: 1, text: '' })
  const up = await bringUpToDate(stores, {
    forTraining: model === 'demand',
    signal,
    onProgress: (done, total, text) => onStep({ step: 'Features', done, total, text }),
  })
  if (!up) throw new Error('There is no sale yet of a day that is over, so there is nothing to learn from.')
  const folder = await mkdtemp(join(tmpdir(), 'shelfcast-train-'))
  try {
    const champion = await registry.champion(model)
    // What scores meanwhile may build newer ones.
    const flags = ['--until', up.origin, ...(options.flags ?? [])]
    if (champion && model === 'demand' && sharesFeatures(champion.manifest)) {
      const path = join(folder, 'champion.json')
      await writeFile(path, JSON.stringify(champion.manifest))
      flags.push('--champion', path)
    }
    const out = join(folder, 'bundle')
    const manifest = await trainModel({ ...options, out, flags })
    onStep({ step: 'Parity with Node', done: 0, total: 1, text: '' })
    const bundle = await loadBundle(folderSource(out), manifest)
    let parity = 0
    try {
      parity = Math.max(...(await checkParity(bundle)).map((head) => head.max_relative_difference))
    } finally {
      await bundle.release()
    }
    const gate = holdGate(manifest, champion?.manifest)
    onStep({ step: 'Registry', done: 0, total: 1, text: manifest.version })
    const prefix = await saveBundle(lake, out, manifest)
    const registered = await registry.register({
      ...{ manifest, prefix, gate, actor },
      parent: champion?.version ?? null,
    })
    // The same days and recipe give the same version, which may serve already.
    const isNew = registered.state === 'challenger'
    if (gate.passed && isNew) await registry.promote(model, manifest.version, { actor })
    return { manifest, gate, promoted: gate.passed && isNew, parity }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether the champion's recipe can be trained on today's features. */
function sharesFeatures(manifest: ModelManifest): boolean {
  const names = new Set(featureInputs())
  return manifest.inputs.every(({ name }) => names.has(name))
}

/** What the service does by itself: the run in the operational store tells pages how far it is. */
export async function runTraining(
  stores: Backends,
  run: { id: number; model: ModelName },
  options: Omit<TrainOptions, 'model' | 'onStep'>,
): Promise<void> {
  const { runs } = stores
  let last = 0
  const onStep = (step: TrainingStep) => {
    const now = Date.now()
    if (now - last < 400 && step.done > 0 && step.done < step.total) return
    last = now
    void runs.progress(run.id, step).catch(() => undefined)
  }
  // Fitting one model says nothing for a while.
  const beat = setInterval(() => void runs.progress(run.id).catch(() => undefined), 30_000)
  try {
    const trained = await train(stores, { ...options, model: run.model, onStep })
    const { manifest, gate, promoted, parity } = trained
    let forecasts = 0
    if (run.model === 'demand') {
      onStep({ step: 'Forecasts', done: 0, total: 1, text: '' })
      const scored = await score(stores, {
        signal: options.signal,
        force: false,
        onProgress: (done, total) => onStep({ step: 'Forecasts', done, total, text: '' }),
      })
      forecasts = scored?.rows ?? 0
    }
    await runs.finish(run.id, { version: manifest.version, promoted, gate, parity, forecasts })
    options.log.info(
      {
        model: run.model,
        version: manifest.version,
        promoted,
        failed: gate.checks.filter(({ passed }) => !passed).map(({ check, found }) => `${check}: ${found}`),
      },
      promoted ? 'a new champion serves' : 'the challenger does not serve',
    )
  } catch (error) {
    await runs.fail(run.id, error instanceof Error ? error.message : String(error)).catch(() => undefined)
    throw error
  } finally {
    clearInterval(beat)
  }
}

/** Once a week, and by hand. */
export function trainJob(stores: Backends, environment: NodeJS.ProcessEnv = process.env): Job {
  return {
    name: 'train',
    does: 'the demand model anew; it serves when it passes the gate',
    schedule: '30 4 * * 1',
    runsAtStart: false,
    needsStores: true,
    isAvailable: () => pythonOf(environment) !== undefined,
    async run({ log, signal }) {
      const run = await stores.runs.start({ kind: 'train', model: 'demand', requested_by: 'job train' })
      await runTraining(
        stores,
        { id: run.id, model: 'demand' },
        { environment, actor: 'job train', signal, log },
      )
      const done = await stores.runs.byId(run.id)
      const result = done?.result as { promoted?: boolean; gate?: GateVerdict; parity?: number } | null
      const failed = result?.gate?.checks.filter(({ passed }) => !passed) ?? []
      return {
        figures: {
          promoted: result?.promoted ? 1 : 0,
          checks_failed: failed.length,
          parity_max_relative_difference: result?.parity ?? 0,
        },
        shortfalls:
          failed.length === 0
            ? []
            : [
                `The challenger lost the gate: ${failed.map(({ check, found }) => `${check} (${found})`).join('; ')}.`,
              ],
      }
    },
  }
}

/** The models beside the forecast; what has too little to learn from yet is told. */
export function trainOthersJob(stores: Backends, environment: NodeJS.ProcessEnv = process.env): Job {
  return {
    name: 'train-others',
    does: 'the models of anomalies, slow movers and lead-time demand anew',
    schedule: '10 5 * * *',
    runsAtStart: false,
    needsStores: true,
    isAvailable: () => pythonOf(environment) !== undefined,
    async run({ log, signal }) {
      const figures: Record<string, number> = { promoted: 0 }
      const shortfalls: string[] = []
      for (const model of OTHER_MODELS) {
        const run = await stores.runs.start({ kind: 'train', model, requested_by: 'job train-others' })
        try {
          await runTraining(
            stores,
            { id: run.id, model },
            { environment, actor: 'job train-others', signal, log },
          )
          const done = await stores.runs.byId(run.id)
          if ((done?.result as { promoted?: boolean } | null)?.promoted) figures.promoted!++
        } catch (error) {
          signal.throwIfAborted()
          shortfalls.push(`${model}: ${(error as Error).message}`)
        }
      }
      return { figures, shortfalls }
    },
  }
}
