/**
 * A model from features to the registry: trained, held against the training library in Node, registered, and promoted
 * when it passes the gate. What fails leaves everything as it was.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelManifest, ModelName } from '@shelfcast/contracts/manifest'
import type { GateVerdict } from '@shelfcast/contracts/models'
import type { TrainingStep } from '@shelfcast/contracts/training'
import { folderSource, loadBundle } from '@shelfcast/inference/model/bundle'
import { checkParity } from '@shelfcast/inference/model/parity'
import { saveBundle } from '@shelfcast/operational/bundles'
import { holdGate } from '@shelfcast/operational/gate'
import { featureInputs } from '@shelfcast/warehouse/features'
import type { Backends } from '../backends.ts'
import type { Job, RunLog } from '../engine/job.ts'
import { bringUpToDate } from './build-features.ts'
import { missingPython, trainModel } from './training.ts'

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
  log: RunLog
  onStep(step: TrainingStep): void
}

/** @throws when it could not be trained, or Node does not say what the training library says: then it is not registered */
export async function train(backends: Backends, options: TrainOptions): Promise<Trained> {
  const { model, signal, onStep, actor } = options
  const { registry, lake } = backends
  onStep({ step: 'Features', done: 0, total: 1, text: '' })
  const up = await bringUpToDate(backends, {
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
      manifest,
      prefix,
      gate,
      actor,
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

/** Seconds at most for the small models; some minutes for the demand model. */
export function trainJob(environment: NodeJS.ProcessEnv = process.env): Job<'train'> {
  return {
    name: 'train',
    isHeavy: true,
    missing: () => missingPython(environment),
    async run({ backends, parameters: { model }, actor, progress, log, signal }) {
      const { manifest, gate, promoted, parity } = await train(backends, {
        environment,
        model,
        actor,
        signal,
        log,
        onStep: progress,
      })
      const { version } = manifest
      const failed = gate.checks
        .filter(({ passed }) => !passed)
        .map(({ check, found }) => `${check} (${found})`)
      log.info(promoted ? `${version} serves: a new champion` : `${version} does not serve`)
      return {
        figures: {
          promoted: promoted ? 1 : 0,
          checks_failed: failed.length,
          parity_max_relative_difference: parity,
        },
        shortfalls: failed.length === 0 ? [] : [`The challenger lost the gate: ${failed.join('; ')}.`],
        detail: { model, version, gate },
      }
    },
  }
}
