/** What is new in the lake: snapshots by their version, series from where the ledger ends, sets by their manifests. */
import {
  DATASETS_PREFIX,
  type Dataset,
  datasetPlace,
  EXTENSION,
  isDatasetName,
  MANIFEST_FILE,
  snapshotName,
} from '@shelfcast/contracts/datasets/layout'
import type { Lake, StoredObject } from '@shelfcast/runtime/lake'
import { type FoundObject, type Ledger, type LedgerState, versionOf } from './ledger.ts'

/** How long it is taken that a kind has no other folders than those that it had; one that has none is asked each time. */
const FOLDERS_HOLD_MS = 10_000
/** How often a series is looked through from its beginning, for files that came after those with a later name. */
const WHOLE_EVERY_MS = 600_000

/** An object that is new, and what is wrong with its name. */
export interface NewObject {
  object: FoundObject
  fault?: string
  /** It came after one with a later name. */
  isLate?: boolean
}

export interface Finder {
  /** New objects of a kind, those of a series in the order of their names. */
  newObjects(dataset: Dataset, state: LedgerState): AsyncIterable<NewObject>
  /** Folders beside those of the kinds, and objects beside all folders. */
  foreign(kinds: readonly string[], state: LedgerState): AsyncIterable<NewObject>
}

export function createFinder(lake: Lake, ledger: Pick<Ledger, 'partsOf'>): Finder {
  /** When a series was looked through as a whole. */
  const wholeAt = new Map<string, number>()
  const seriesOf = new Map<string, Folders & { at: number }>()

  /** Folders of a kind's series, as `datasets/KIND/SOURCE/SERIES/`, and what lies beside them. */
  async function seriesIn(kind: string): Promise<Folders> {
    const cached = seriesOf.get(kind)
    if (cached && cached.folders.length > 0 && performance.now() - cached.at < FOLDERS_HOLD_MS) return cached
    const at = performance.now()
    const { folders: sources, objects } = await entriesIn(lake, `${DATASETS_PREFIX}${kind}/`)
    const folders: string[] = []
    for (const source of sources) {
      const entries = await entriesIn(lake, source)
      folders.push(...entries.folders)
      objects.push(...entries.objects)
    }
    seriesOf.set(kind, { folders, objects, at })
    return { folders, objects }
  }

  async function* beside(kind: string, objects: readonly StoredObject[], state: LedgerState) {
    for (const stored of objects) {
      const object = { ...foundObject(kind, stored), series: '' }
      if (state.versions.get(object.name) !== versionOf(object))
        yield { object, fault: `it lies beside the folders of ${kind}: KIND/SOURCE/SERIES/FILE` }
    }
  }

  async function* snapshots(dataset: Dataset & { arrival: 'snapshot' }, state: LedgerState) {
    for await (const stored of lake.list('raw', `${DATASETS_PREFIX}${dataset.kind}/`)) {
      const object = { ...foundObject(dataset.kind, stored), series: '' }
      if (state.versions.get(object.name) === versionOf(object)) continue
      const isNamed = isDatasetName(object.source) && object.name === snapshotName(dataset, object.source)
      yield isNamed
        ? { object }
        : {
            object,
            fault: `it is not named ${DATASETS_PREFIX}${dataset.kind}/SOURCE/snapshot.${EXTENSION[dataset.format]}`,
          }
    }
  }

  async function* files(dataset: Dataset & { arrival: 'series' }, state: LedgerState) {
    const { folders, objects } = await seriesIn(dataset.kind)
    yield* beside(dataset.kind, objects, state)
    for (const folder of folders) {
      const end = state.ends.get(folder) ?? ''
      const isWhole = performance.now() - (wholeAt.get(folder) ?? Number.NEGATIVE_INFINITY) > WHOLE_EVERY_MS
      const done = isWhole ? await ledger.partsOf(folder) : state.refused
      for await (const stored of lake.list('raw', folder, isWhole ? undefined : end)) {
        if (done.has(stored.name)) continue
        const object = foundObject(dataset.kind, stored)
        const fault = fileFault(dataset, object)
        yield fault === undefined ? { object, isLate: object.name < end } : { object, fault }
      }
      if (isWhole) wholeAt.set(folder, performance.now())
    }
  }

  async function* manifests(dataset: Dataset & { arrival: 'set' }, state: LedgerState) {
    const { folders, objects } = await seriesIn(dataset.kind)
    yield* beside(dataset.kind, objects, state)
    for (const folder of folders) {
      for await (const stored of lake.list('raw', `${folder}${MANIFEST_FILE}`)) {
        const object = foundObject(dataset.kind, stored)
        if (object.name !== `${folder}${MANIFEST_FILE}`) continue
        const version = state.versions.get(object.name)
        if (version === versionOf(object)) continue
        if (!datasetPlace(object.name)) yield { object, fault: 'its folders are not named as datasets are' }
        // The same manifest written again.
        else if (version?.startsWith(`${object.etag} `)) yield { object, fault: 'it is loaded already' }
        else if (version !== undefined)
          yield { object, fault: 'another history of this name is loaded; give this one a name of its own' }
        else yield { object }
      }
    }
  }

  return {
    newObjects(dataset, state) {
      if (dataset.arrival === 'snapshot')
        return snapshots(dataset as Dataset & { arrival: 'snapshot' }, state)
      if (dataset.arrival === 'set') return manifests(dataset, state)
      return files(dataset as Dataset & { arrival: 'series' }, state)
    },
    async *foreign(kinds, state) {
      for await (const entry of lake.client.listObjectsV2(lake.bucket('raw'), DATASETS_PREFIX, false)) {
        const name = entry.prefix ?? entry.name
        if (name === undefined || kinds.some((kind) => name === `${DATASETS_PREFIX}${kind}/`)) continue
        const object = foundObject(name.slice(DATASETS_PREFIX.length).replace(/\/$/, ''), {
          name,
          size: 0,
          etag: entry.etag ?? '',
          modified: entry.lastModified ?? new Date(0),
        })
        if (state.versions.get(name) === versionOf(object)) continue
        yield { object, fault: `no kind of datasets is called so; they are ${kinds.join(', ')}` }
      }
    },
  }
}

function fileFault(dataset: Dataset & { arrival: 'series' }, { name, file, series }: FoundObject) {
  if (!datasetPlace(name) || series === '') return 'it is not named as datasets are: KIND/SOURCE/SERIES/FILE'
  if (!file.endsWith(`.${EXTENSION[dataset.format]}`))
    return `a file of ${dataset.kind} ends with .${EXTENSION[dataset.format]}`
  if (dataset.format === 'parquet' && dataset.tableOf(file) === undefined) return 'its name says no table'
  return undefined
}

/** Whatever the object is called. */
function foundObject(kind: string, { name, etag, size, modified }: StoredObject): FoundObject {
  const [source = '', ...rest] = name.slice(DATASETS_PREFIX.length + kind.length + 1).split('/')
  const series = rest.length > 1 ? rest[0]! : ''
  const file = rest.slice(rest.length > 1 ? 1 : 0).join('/')
  const writtenAt = modified.toISOString().replace('T', ' ').replace('Z', '')
  return { kind, source, series, file, name, etag, size, writtenAt }
}

interface Folders {
  folders: string[]
  objects: StoredObject[]
}

/** What lies right inside a folder. */
async function entriesIn(lake: Lake, prefix: string): Promise<Folders> {
  const folders: string[] = []
  const objects: StoredObject[] = []
  for await (const entry of lake.client.listObjectsV2(lake.bucket('raw'), prefix, false)) {
    if (entry.prefix) folders.push(entry.prefix)
    else if (entry.name)
      objects.push({ name: entry.name, size: entry.size, etag: entry.etag, modified: entry.lastModified })
  }
  return { folders: folders.sort(), objects }
}
