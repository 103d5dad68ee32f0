/**
 * Datasets: what is told as a whole, beside the stream. All of it lies in the raw bucket in one layout:
 *
 *     datasets/KIND/SOURCE/snapshot.EXT         a snapshot: how things are now. Written again, the object is replaced.
 *     datasets/KIND/SOURCE/SERIES/FILE.EXT      a series: what comes to what was told. Names of files ascend in the order
 *                                               in which they are written, and a file is not changed any more.
 *     datasets/KIND/SOURCE/SERIES/manifest.json a set: it is there when its manifest is, which is written last and names
 *                                               the files beside it. A set is not changed any more.
 *
 * KIND is one of kinds.ts, and its schema file says which of the three it is and in which format: NDJSON (a row a line),
 * JSON (a document) or Parquet (columns as the schema has them, no others). SOURCE is who tells it, as the column
 * `source` of its tables; SERIES groups what is written in one order: a run of the twin, a folder of a service's answers.
 *
 * User metadata of an object, each may be absent: `sha256` of its bytes in hexadecimal; `rows`; `from`, the address or
 * the program that it came from; `fetched-at`, UTC; `source-etag`, by which the source knows it; `refused`, why the
 * source itself has put it aside, so that nobody loads it.
 *
 * Ingest is the only one to load them: services/ingest/datasets.
 */
import type { TSchema } from 'typebox'
import type { HistoryTable } from './history-tables.ts'

/** Folder of all datasets in the raw bucket, with its slash. */
export const DATASETS_PREFIX = 'datasets/'
export const MANIFEST_FILE = 'manifest.json'

/** Metadata by which a source says why it has put an object aside. */
export const REFUSED_METADATA = 'refused'

export const EXTENSION = { ndjson: 'ndjson', json: 'json', parquet: 'parquet' } as const
export type DatasetFormat = keyof typeof EXTENSION

/** Where an object stands in the layout. */
export interface DatasetPlace {
  kind: string
  source: string
  /** Empty where the object is a snapshot. */
  series: string
  file: string
  /** In the raw bucket. */
  name: string
}

/** A table of the warehouse that rows of a kind go to, and what the loader puts beside what the object says. */
export interface DatasetTarget {
  table: string
  /** @param writtenAt when the object was written, UTC, as the warehouse reads it */
  columns(place: DatasetPlace, writtenAt: string): Record<string, string>
}

/** Rows as JSON: one a line, or one document. */
export interface RowDataset {
  kind: string
  arrival: 'snapshot' | 'series'
  format: 'ndjson' | 'json'
  schema: TSchema
  /** What is wrong with a row that has the shape. */
  fault?(row: unknown): string | undefined
  /** Absent: what is told is checked and kept, and no table has it. */
  target?: DatasetTarget
}

/** Rows as Parquet, of one of several tables. */
export interface TableDataset {
  kind: string
  arrival: 'series'
  format: 'parquet'
  /** Of a file; undefined when it is named like none. */
  tableOf(file: string): HistoryTable | undefined
  target(table: HistoryTable): DatasetTarget
}

/** Parquet that is there as a whole. */
export interface SetDataset {
  kind: string
  arrival: 'set'
  format: 'parquet'
  manifest: TSchema
  target(table: HistoryTable): DatasetTarget
}

export type Dataset = RowDataset | TableDataset | SetDataset

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Whether a text may be a source, a series or a file: no path, no control character, nothing that an URL escapes. */
export function isDatasetName(text: string): boolean {
  return PART.test(text) && !text.includes('..')
}

function checked(text: string): string {
  if (isDatasetName(text)) return text
  throw new Error(
    `"${text}" cannot name a part of a dataset. Use letters, digits, ".", "_" and "-", at most 128, no "..".`,
  )
}

/** Folder of a source, with its slash. */
export function datasetFolder(kind: string, source: string): string {
  return `${DATASETS_PREFIX}${kind}/${checked(source)}/`
}

/** Folder of a series or a set, with its slash. */
export function seriesFolder(kind: string, source: string, series: string): string {
  return `${datasetFolder(kind, source)}${checked(series)}/`
}

/** Name of a snapshot. */
export function snapshotName({ kind, format }: Pick<RowDataset, 'kind' | 'format'>, source: string): string {
  return `${datasetFolder(kind, source)}snapshot.${EXTENSION[format]}`
}

/** Parts of a name, or undefined when it is not named as the layout says. */
export function datasetPlace(name: string): DatasetPlace | undefined {
  if (!name.startsWith(DATASETS_PREFIX)) return undefined
  const parts = name.slice(DATASETS_PREFIX.length).split('/')
  if (!parts.every(isDatasetName)) return undefined
  const [kind, source, ...rest] = parts
  const [series, file] = rest.length === 1 ? ['', rest[0]] : rest
  if (
    kind === undefined ||
    source === undefined ||
    series === undefined ||
    file === undefined ||
    rest.length > 2
  )
    return undefined
  return { kind, source, series, file, name }
}

/** Rows that say who told them and when: of two that say otherwise, the one written last holds. */
export function sourced(table: string): DatasetTarget {
  return { table, columns: ({ source }, writtenAt) => ({ source, updated_at: writtenAt }) }
}
