/** The training package as a process: what it says of its progress, and the bundle that it leaves. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { MODEL_MANIFEST_NAME, ModelManifest, type ModelName } from '@shelfcast/contracts/manifest'
import { TrainingStep } from '@shelfcast/contracts/training'
import { ModelsEnvironment } from '@shelfcast/platform/parts/jobs'
import { endInBackground, spawnInBackground } from '@shelfcast/runtime/background'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { Compile } from 'typebox/compile'
import type { RunLog } from '../engine/job.ts'

const PACKAGE = resolve(import.meta.dirname, '../../../models')
/** How much of what it said goes into the error, in lines. */
const SAID_LINES = 15

const pythonOf = (environment: NodeJS.ProcessEnv) =>
  readEnvironment(ModelsEnvironment, environment).MODELS_PYTHON

/** Why nothing can be trained here, and the fix. */
export const missingPython = (environment: NodeJS.ProcessEnv) =>
  pythonOf(environment) === undefined
    ? 'The training package is not there: MODELS_PYTHON names no Python with models/requirements.txt. npm start installs it; ' +
      'by hand: npm run jobs -- train'
    : undefined

const manifestValidator = Compile(ModelManifest)
const stepValidator = Compile(TrainingStep)

/** @returns the manifest of the bundle in `out` */
export async function trainModel(options: {
  environment: NodeJS.ProcessEnv
  model: ModelName
  out: string
  /** Flags of shelfcast-models train. */
  flags: readonly string[]
  signal: AbortSignal
  log?: RunLog
  onStep(step: TrainingStep): void
}): Promise<ModelManifest> {
  const { environment, model, out, signal } = options
  const missing = missingPython(environment)
  if (missing !== undefined) throw new Error(missing)
  signal.throwIfAborted()
  const words = ['-m', 'shelfcast_models', 'train', '--model', model, '--out', out, '--progress', 'json']
  const child = spawnInBackground(pythonOf(environment)!, [...words, ...options.flags], {
    env: { PYTHONUNBUFFERED: '1', ...environment, PYTHONPATH: PACKAGE },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const onAbort = () => endInBackground(child)
  signal.addEventListener('abort', onAbort, { once: true })
  const messages: string[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const step = stepOf(line)
    if (step) options.onStep(step)
  })
  createInterface({ input: child.stderr! }).on('line', (line) => {
    options.log?.debug(line)
    messages.push(line)
    if (messages.length > SAID_LINES) messages.shift()
  })
  try {
    const [code, how] = (await once(child, 'close')) as [number | null, string | null]
    signal.throwIfAborted()
    if (code !== 0)
      throw new Error(`Training of ${model} ended with ${how ?? `code ${code}`}: ${messages.join('\n')}`)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  const manifest: unknown = JSON.parse(await readFile(join(out, MODEL_MANIFEST_NAME), 'utf8'))
  if (manifestValidator.Check(manifest)) return manifest
  const [fault] = manifestValidator.Errors(manifest)
  throw new Error(
    `The manifest that training wrote is not one: ${fault?.instancePath} ${fault?.message}. ` +
      'Hold models/shelfcast_models/bundle.py against services/contracts/manifest.ts.',
  )
}

function stepOf(line: string): TrainingStep | undefined {
  if (!line.startsWith('{')) return undefined
  const step: unknown = JSON.parse(line)
  return stepValidator.Check(step) ? step : undefined
}
