/** The ledger of datasets, in the warehouse: which objects are loaded, and what of them was refused. */
import { type DatasetPlace, MANIFEST_FILE } from '@shelfcast/contracts/datasets/layout'
import { DATASET_LEDGER_TABLE, DATASET_REFUSALS_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import type { Refusal } from './rows.ts'

/** Of an object, so many refused rows are kept with their text; all are counted. */
const REFUSALS_KEPT = 1_000

/** A version of an object that was found in the lake. */
export interface FoundObject extends DatasetPlace {
  etag: string
  size: number
  /** When it was written, UTC, as the warehouse reads it: 2026-01-31 23:59:59.000 */
  writtenAt: string
}

export interface Outcome {
  /** Rows that are in their table. */
  rows: number
  rowsRefused: number
  /** Why the object was refused as a whole; empty when it was not. */
  reason: string
  refusals: readonly Refusal[]
}

/** How far each folder is loaded. */
export interface LedgerState {
  /** Versions of snapshots and manifests by name: the etag, and when it was written. */
  versions: Map<string, string>
  /** The last object by series that was loaded. */
  ends: Map<string, string>
  /** Names of files of series that were refused as a whole. */
  refused: Set<string>
}

export const keyOf = (name: string) => `raw/${name}`
export const versionOf = ({ etag, writtenAt }: Pick<FoundObject, 'etag' | 'writtenAt'>) =>
  `${etag} ${writtenAt}`

/**
 * Under which a version of an object is loaded, in every table that it belongs to. A snapshot may come to say again what it
 * said before, and is then another version; a file of a series that is written again is the same.
 */
export function tokenOf(object: FoundObject): string {
  return object.series === ''
    ? `${keyOf(object.name)} ${versionOf(object)}`
    : `${keyOf(object.name)} ${object.etag}`
}

const isManifest = (name: string) => name.endsWith(`/${MANIFEST_FILE}`)

export interface Ledger {
  /** What is loaded; asked anew where another process has loaded meanwhile, or the warehouse was emptied. */
  state(): Promise<LedgerState>
  /** Which objects of a series or a set are in the ledger, by name. */
  partsOf(folder: string): Promise<Set<string>>
  /** Records that an object is loaded in full. Repeating it changes nothing. */
  record(object: FoundObject, outcome: Outcome): Promise<void>
}

export function createLedger(warehouse: Warehouse): Ledger {
  let state: LedgerState = { versions: new Map(), ends: new Map(), refused: new Set() }
  let count = -1

  async function readState(): Promise<LedgerState> {
    const ends = await rowsOf<{ folder: string; last: string }>(
      warehouse,
      `
      select concat('datasets/', kind, '/', source, '/', series, '/') as folder, max(name) as last
      from ${DATASET_LEDGER_TABLE}
      where series != '' and reason = ''
      group by folder`,
    )
    // Whatever a stray file is called, it does not stand for those before it.
    const refused = await rowsOf<{ name: string }>(
      warehouse,
      `
      select distinct name
      from ${DATASET_LEDGER_TABLE}
      where series != '' and reason != ''`,
    )
    const versions = await rowsOf<{ name: string; version: string }>(
      warehouse,
      `
      select name, argMax(concat(etag, ' ', toString(written_at)), (written_at, loaded_at)) as version
      from ${DATASET_LEDGER_TABLE}
      where series = '' or endsWith(name, '/${MANIFEST_FILE}')
      group by name`,
    )
    return {
      ends: new Map(ends.map(({ folder, last }) => [folder, last])),
      versions: new Map(versions.map(({ name, version }) => [name, version])),
      refused: new Set(refused.map(({ name }) => name)),
    }
  }

  return {
    async state() {
      const [row] = await rowsOf<{ rows: number }>(
        warehouse,
        `select toUInt32(count()) as rows from ${DATASET_LEDGER_TABLE}`,
      )
      const rows = row?.rows ?? 0
      if (rows !== count) {
        state = await readState()
        count = rows
      }
      return state
    },
    async partsOf(folder) {
      const rows = await rowsOf<{ name: string }>(
        warehouse,
        `select name from ${DATASET_LEDGER_TABLE} where startsWith(name, {folder:String})`,
        { folder },
      )
      return new Set(rows.map(({ name }) => name))
    },
    async record(object, { rows, rowsRefused, reason, refusals }) {
      const { kind, source, series, name, etag, writtenAt } = object
      const insert = (table: string, values: object[]) =>
        warehouse.insert({
          table,
          values,
          columns: Object.keys(values[0]!) as [string, ...string[]],
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0, insert_deduplication_token: tokenOf(object) },
        })
      const excerpt = refusals.slice(0, REFUSALS_KEPT)
      if (excerpt.length > 0)
        await insert(
          DATASET_REFUSALS_TABLE,
          excerpt.map(({ line, reason, text }) => ({ kind, source, name, etag, line, reason, text })),
        )
      const row = { kind, source, series, name, etag, written_at: writtenAt }
      await insert(DATASET_LEDGER_TABLE, [{ ...row, rows, rows_refused: rowsRefused, reason }])
      count++
      if (series === '' || isManifest(name)) state.versions.set(name, versionOf(object))
      else if (reason !== '') state.refused.add(name)
      else {
        const folder = `datasets/${kind}/${source}/${series}/`
        // One that came late is not the last.
        if (name > (state.ends.get(folder) ?? '')) state.ends.set(folder, name)
      }
    },
  }
}

/** Of an object of which nothing is loaded. */
export function refusedOutcome(reason: string): Outcome {
  return { rows: 0, rowsRefused: 0, reason, refusals: [] }
}
