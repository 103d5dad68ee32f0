/** Sets of files that a manifest names: histories, loaded file by file, and recorded as a whole. */
import { HISTORIES, HistoryManifest, type HistoryObject } from '@shelfcast/contracts/datasets/histories'
import type { HistoryChoice } from '@shelfcast/contracts/datasets/history-choice'
import type { HistoryTable } from '@shelfcast/contracts/datasets/history-tables'
import {
  type DatasetTarget,
  MANIFEST_FILE,
  type SetDataset,
  seriesFolder,
} from '@shelfcast/contracts/datasets/layout'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import PQueue from 'p-queue'
import { Compile } from 'typebox/compile'
import type { LoadingTurns } from '../load/loading-turns.ts'
import { type FoundObject, type Ledger, type LedgerState, type Outcome, refusedOutcome } from './ledger.ts'
import { loadTable } from './tables.ts'

const PROGRESS_EVERY_MS = 1_000
/** Most of the time of a small file goes by in waiting, for the lake and for the engine. */
const FILES_AT_ONCE = 2

const manifestValidator = Compile(HistoryManifest)

export interface LoadingProgress {
  /** Folder of the set that is being loaded. */
  folder: string
  rows: number
  /** Rows that it has. */
  total: number
}

export interface SetLoader {
  load(dataset: SetDataset, object: FoundObject): Promise<Outcome>
  /** Whether the history that is chosen is in the lake and not in its tables yet. */
  waitsForHistory(object: FoundObject, state: LedgerState): Promise<boolean>
  readonly progress: LoadingProgress | undefined
}

export function createSetLoader(options: {
  lake: Lake
  warehouse: Warehouse
  log: Logger
  loading: Pick<LoadingTurns, 'enter'>
  ledger: Ledger
  signal: AbortSignal
  /** Does it, and knows a damaged file from an engine that is away. */
  attempt(name: string, work: () => Promise<Outcome>): Promise<Outcome>
  /** Records what became of a file. */
  finish(object: FoundObject, outcome: Outcome): Promise<void>
}): SetLoader {
  const { lake, warehouse, log, loading, ledger, signal, attempt, finish } = options
  let progress: LoadingProgress | undefined

  /** The files of a manifest, those first that are not loaded yet; the manifest itself is recorded last. */
  async function load(dataset: SetDataset, object: FoundObject): Promise<Outcome> {
    const manifest = parsed(await lake.read('raw', object.name))
    if (!manifestValidator.Check(manifest)) {
      const [fault] = manifestValidator.Errors(manifest)
      return refusedOutcome(`it is no manifest: ${fault?.instancePath || 'it'} ${fault?.message}`)
    }
    if (manifest.dataset !== object.series || manifest.source !== object.source)
      return refusedOutcome(
        `it is of ${manifest.source}/${manifest.dataset}, and lies at ${object.source}/${object.series}`,
      )
    const folder = object.name.slice(0, -MANIFEST_FILE.length)
    const loaded = await ledger.partsOf(folder)
    const missing = manifest.objects.filter(({ name }) => !loaded.has(`${folder}${name}`))
    const total = manifest.objects.reduce((sum, { rows }) => sum + rows, 0)
    const state = { folder, rows: total - missing.reduce((sum, { rows }) => sum + rows, 0), total }
    progress = state
    let reportedAt = performance.now()
    let refused = 0
    const loadFile = async ({ name, table, rows, bytes, sha256 }: HistoryObject) => {
      signal.throwIfAborted()
      const part = { ...object, file: name, name: `${folder}${name}`, etag: sha256, size: bytes }
      const outcome = await attempt(part.name, () => loadPart(part, table, dataset.target(table)))
      if (outcome.reason !== '') refused++
      await finish(part, outcome)
      state.rows += rows
      if (performance.now() - reportedAt < PROGRESS_EVERY_MS) return
      reportedAt = performance.now()
      log.info(`${object.source}'s history: ${Math.floor((100 * state.rows) / total)} % loaded`)
    }
    const queue = new PQueue({ concurrency: FILES_AT_ONCE })
    try {
      const loads = await Promise.allSettled(missing.map((file) => queue.add(() => loadFile(file))))
      const failed = loads.find((load) => load.status === 'rejected')
      if (failed) throw failed.reason
    } finally {
      progress = undefined
    }
    log.info(`${object.source}'s history is loaded: ${manifest.from} to ${manifest.to}, ${total} rows`)
    return {
      // Its files have told their rows.
      rows: 0,
      rowsRefused: 0,
      reason: refused === 0 ? '' : `${refused} of its ${manifest.objects.length} files are refused`,
      refusals: [],
    }
  }

  async function loadPart(part: FoundObject, table: HistoryTable, target: DatasetTarget): Promise<Outcome> {
    if ((await lake.metadata('raw', part.name)) === undefined)
      return refusedOutcome('its manifest names it, and it is not in the lake')
    return loading.enter(() => loadTable(warehouse, part, table, target), true)
  }

  async function waitsForHistory(object: FoundObject, { versions }: LedgerState): Promise<boolean> {
    const choice = parsed(await lake.read('raw', object.name)) as Partial<HistoryChoice> | undefined
    if (typeof choice?.dataset !== 'string' || !/^[\w.-]+$/.test(choice.dataset)) return false
    const name = `${seriesFolder(HISTORIES.kind, object.source, choice.dataset)}${MANIFEST_FILE}`
    return !versions.has(name) && (await lake.metadata('raw', name)) !== undefined
  }

  return {
    load,
    waitsForHistory,
    get progress() {
      return progress
    },
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
