/** A trained model, loaded: its heads as ONNX sessions, its trees for the reasons. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DemandPart, ModelHead, ModelManifest } from '@shelfcast/contracts/manifest'
import { DEMAND_HEADS } from '@shelfcast/contracts/training'
import type { Lake } from '@shelfcast/runtime/lake'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { createReasoner, type Reasoner } from '../explain/reasons.ts'
import { readForest } from '../explain/trees.ts'

/** Reads a file of the bundle by its name. */
export type BundleSource = (name: string) => Promise<Uint8Array>

export interface Bundle {
  manifest: ModelManifest
  source: BundleSource
  /** Only of the demand model. */
  demand: { part: DemandPart; reasoner: Reasoner } | undefined
  /** What a head says of rows of the manifest's inputs. @param matrix rows one after the other, NaN where there is no value */
  run(head: string, matrix: Float32Array, rows: number): Promise<Float32Array>
  /** Lets the sessions go. No run may be under way. */
  release(): Promise<void>
}

// A run holds up the process, so requests wait for one of these at most.
const BATCH_ROWS = 1_024

// One row takes microseconds, so threads would cost more than they bring; the arena keeps the most that ever was in use.
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  enableMemPattern: false,
  logSeverityLevel: 3,
}

export function folderSource(folder: string): BundleSource {
  return (name) => readFile(join(folder, name))
}

/** @param prefix of the bundle's objects in the features zone, as in models/demand/<version>/ */
export function lakeSource(lake: Lake, prefix: string): BundleSource {
  return (name) => lake.read('features', `${prefix.replace(/\/$/, '')}/${name}`)
}

/** @throws when a file is not what the manifest says, or the model is not one that can be scored here */
export async function loadBundle(source: BundleSource, manifest: ModelManifest): Promise<Bundle> {
  const name = nameOf(manifest)
  const demand = manifest.demand ? await loadDemand(source, manifest, manifest.demand) : undefined
  const sessions = new Map<string, InferenceSession>()
  const release = async () => {
    for (const session of sessions.values()) await session.release()
    sessions.clear()
  }
  try {
    for (const head of manifest.heads) sessions.set(head.head, await openHead(source, manifest, head))
  } catch (error) {
    await release()
    throw error
  }

  return {
    manifest,
    source,
    demand,
    release,
    async run(head, matrix, rows) {
      const session = sessions.get(head)
      if (!session)
        throw new Error(
          `${name} has no head "${head}"; it has ${[...sessions.keys()].join(', ') || 'none loaded'}.`,
        )
      return runBatches(session, matrix, rows, manifest.inputs.length)
    },
  }
}

export function nameOf({ model, version }: ModelManifest): string {
  return `Model ${model} ${version}`
}

/** A file of the bundle, held to what the manifest says of it. */
async function readChecked(source: BundleSource, manifest: ModelManifest, name: string): Promise<Uint8Array> {
  const entry = manifest.files.find((file) => file.name === name)
  if (!entry)
    throw new Error(
      `${nameOf(manifest)} names the file ${name} and does not list it. Export the model again.`,
    )
  const bytes = await source(name)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== entry.sha256)
    throw new Error(
      `${nameOf(manifest)}: ${name} has the digest ${digest.slice(0, 12)} and the manifest says ` +
        `${entry.sha256.slice(0, 12)}: the file is not the one that was exported. Export the model again.`,
    )
  return bytes
}

async function loadDemand(source: BundleSource, manifest: ModelManifest, part: DemandPart) {
  const name = nameOf(manifest)
  const heads = new Set(manifest.heads.map(({ head }) => head))
  const missing = DEMAND_HEADS.filter((head) => !heads.has(head))
  if (missing.length > 0)
    throw new Error(
      `${name} lacks the heads ${missing.join(', ')}. Export it with ${DEMAND_HEADS.join(', ')}.`,
    )
  const text = Buffer.from(await readChecked(source, manifest, part.trees)).toString()
  const forest = readForest(text, part.best_iteration, `${name}: ${part.trees}`)
  if (forest.inputs !== manifest.inputs.length)
    throw new Error(
      `${name}: ${part.trees} has ${forest.inputs} inputs and the manifest ${manifest.inputs.length}. ` +
        'Export both from the same training.',
    )
  return { part, reasoner: createReasoner(forest, manifest.inputs, name, part.level) }
}

async function openHead(source: BundleSource, manifest: ModelManifest, { head, file }: ModelHead) {
  const bytes = await readChecked(source, manifest, file)
  try {
    return await InferenceSession.create(bytes, SESSION_OPTIONS)
  } catch (error) {
    throw new Error(
      `${nameOf(manifest)}: head ${head} (${file}) cannot be loaded: ${error instanceof Error ? error.message : error}. ` +
        'Export it with an opset that this runtime knows.',
    )
  }
}

async function runBatches(session: InferenceSession, matrix: Float32Array, rows: number, width: number) {
  const result = new Float32Array(rows)
  const input = session.inputNames[0]!
  const output = session.outputNames[0]!
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - from)
    const cells = matrix.subarray(from * width, (from + count) * width)
    const tensor = new Tensor('float32', cells, [count, width])
    const answer = (await session.run({ [input]: tensor }, [output]))[output]!
    result.set(answer.data as Float32Array, from)
    answer.dispose()
  }
  return result
}
