/**
 * Loads datasets from the lake into their tables, each object exactly once, and writes the ledger. What is wrong is told
 * and recorded, and stops nobody else; what fails because a part is away is tried again with the next look.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { HISTORY_CHOICE } from '@shelfcast/contracts/datasets/history-choice'
import { DATASETS } from '@shelfcast/contracts/datasets/kinds'
import { type Dataset, REFUSED_METADATA, type RowDataset } from '@shelfcast/contracts/datasets/layout'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import { ClickHouseError, type Warehouse } from '@shelfcast/warehouse/client'
import type { LoadingTurns } from '../load/loading-turns.ts'
import { createFinder, type NewObject } from './find.ts'
import {
  createLedger,
  type FoundObject,
  keyOf,
  type LedgerState,
  type Outcome,
  refusedOutcome,
  tokenOf,
} from './ledger.ts'
import { OBJECT_BYTES_LIMIT, readRows } from './rows.ts'
import { createSetLoader, type LoadingProgress } from './sets.ts'
import { loadTable } from './tables.ts'

const LOOK_EVERY_MS = 2_000
/** Rows of one insert. */
const INSERT_ROWS = 50_000
/** Parquet is read by the engine, a piece at a time. */
const PARQUET_BYTES_LIMIT = 512 * 1024 * 1024
const STOP_LIMIT_MS = 5_000
/** A file that the engine fails on so often, while it answers for others, is damaged. */
const ATTEMPTS = 4
/** Errors of the engine that pass, or that a person has to mend: no object is at fault. */
const PASSING: ReadonlySet<string> = new Set([
  'ABORTED',
  'ACCESS_DENIED',
  'AUTHENTICATION_FAILED',
  'MEMORY_LIMIT_EXCEEDED',
  'NETWORK_ERROR',
  'NOT_ENOUGH_SPACE',
  'QUERY_WAS_CANCELLED',
  'S3_ERROR',
  'SOCKET_TIMEOUT',
  'TABLE_IS_READ_ONLY',
  'TIMEOUT_EXCEEDED',
  'TOO_MANY_PARTS',
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'UNKNOWN_DATABASE',
  'UNKNOWN_TABLE',
])
/** Refused rows of an object that are told one by one. */
const REFUSALS_TOLD = 10

export interface Datasets {
  /** Looks for what is new and loads it. @throws what failed and is tried again with the next call */
  refresh(): Promise<void>
  /** Looks again and again. */
  start(): void
  /** Does not let the time between two looks go by: somebody waits for what they have written. */
  hurry(): void
  /** Ends what is under way. */
  stop(): Promise<void>
  /** When the last look began that found nothing more to load; milliseconds since 1970. */
  readonly settledAt: number
  readonly progress: LoadingProgress | undefined
}

export function createDatasets(options: {
  lake: Lake
  warehouse: Warehouse
  log: Logger
  loading: Pick<LoadingTurns, 'enter'>
  /** Told what became of an object. */
  onLoaded?(kind: string, outcome: Outcome): void
  /** Milliseconds between two looks, once started. */
  everyMs?: number
  /** Kinds to load; all when left out. */
  kinds?: readonly Dataset[]
}): Datasets {
  const { lake, warehouse, log, loading, onLoaded, everyMs = LOOK_EVERY_MS, kinds = DATASETS } = options
  const ledger = createLedger(warehouse)
  const finder = createFinder(lake, ledger)
  const attempts = new Map<string, number>()
  const stopped = new AbortController()
  let pause = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let settledAt = 0
  const sets = createSetLoader({
    lake,
    warehouse,
    log,
    loading,
    ledger,
    signal: stopped.signal,
    attempt,
    finish,
  })

  async function look(): Promise<void> {
    const startTime = Date.now()
    const state = await ledger.state()
    const failures: unknown[] = []
    let postponed = false
    const loadAll = async (objects: AsyncIterable<NewObject>, dataset?: Dataset) => {
      try {
        for await (const { object, fault, isLate } of objects) {
          stopped.signal.throwIfAborted()
          if (isLate)
            log.warn(
              { object: keyOf(object.name) },
              'it came after one with a later name, so it is loaded late. Let the names of a series ascend as they are written.',
            )
          if (fault !== undefined) await refuse(object, fault)
          else if (dataset && !(await load(dataset, object, state))) postponed = true
        }
      } catch (error) {
        stopped.signal.throwIfAborted()
        failures.push(error)
      }
    }
    for (const dataset of kinds) await loadAll(finder.newObjects(dataset, state), dataset)
    await loadAll(
      finder.foreign(
        DATASETS.map(({ kind }) => kind),
        state,
      ),
    )
    if (failures.length > 0) throw failures[0]
    if (!postponed) settledAt = startTime
  }

  /** @returns false when it has to wait for another object */
  async function load(dataset: Dataset, object: FoundObject, state: LedgerState): Promise<boolean> {
    if (dataset.kind === HISTORY_CHOICE.kind && (await sets.waitsForHistory(object, state))) return false
    await finish(object, await attempt(object.name, () => outcomeOf(dataset, object)))
    return true
  }

  /** What the engine fails on again and again, although nothing is away, is the fault of the object. */
  async function attempt(name: string, work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await work()
      attempts.delete(name)
      return outcome
    } catch (error) {
      if (!(error instanceof ClickHouseError) || PASSING.has(error.type ?? '')) throw error
      const count = (attempts.get(name) ?? 0) + 1
      attempts.set(name, count)
      if (count < ATTEMPTS) throw error
      attempts.delete(name)
      return refusedOutcome(`the warehouse cannot read it: ${error.message.slice(0, 300)}`)
    }
  }

  async function outcomeOf(dataset: Dataset, object: FoundObject): Promise<Outcome> {
    const reason = (await lake.metadata('raw', object.name))?.[REFUSED_METADATA]
    if (reason !== undefined) return refusedOutcome(`its source has put it aside: ${reason}`)
    const limit =
      dataset.format === 'parquet' && dataset.arrival !== 'set' ? PARQUET_BYTES_LIMIT : OBJECT_BYTES_LIMIT
    if (object.size > limit)
      return refusedOutcome(`it has ${object.size} bytes, and at most ${limit} are read`)
    if (dataset.arrival === 'set') return sets.load(dataset, object)
    if (dataset.format === 'parquet') {
      const table = dataset.tableOf(object.file)!
      return loading.enter(() => loadTable(warehouse, object, table, dataset.target(table)), true)
    }
    return loadRows(dataset, object)
  }

  async function loadRows(dataset: RowDataset, object: FoundObject): Promise<Outcome> {
    const { rows, refusals } = readRows(dataset, await lake.read('raw', object.name))
    const { target } = dataset
    if (target) {
      const extra = target.columns(object, object.writtenAt)
      for (let at = 0; at < rows.length; at += INSERT_ROWS) {
        await warehouse.insert({
          table: target.table,
          values: rows.slice(at, at + INSERT_ROWS).map((row) => ({ ...row, ...extra })),
          format: 'JSONEachRow',
          clickhouse_settings: {
            async_insert: 0,
            date_time_input_format: 'best_effort',
            insert_deduplication_token: `${tokenOf(object)} ${at}`,
          },
        })
      }
    }
    return { rows: rows.length, rowsRefused: refusals.length, reason: '', refusals }
  }

  async function refuse(object: FoundObject, reason: string): Promise<void> {
    await finish(object, refusedOutcome(reason))
  }

  async function finish(object: FoundObject, outcome: Outcome): Promise<void> {
    await ledger.record(object, outcome)
    onLoaded?.(object.kind, outcome)
    const key = keyOf(object.name)
    const fix =
      object.series === ''
        ? 'Write it again, corrected.'
        : 'Write it corrected, as an object with a later name.'
    if (outcome.reason !== '') log.error({ object: key }, `dataset refused: ${outcome.reason}. ${fix}`)
    for (const { line, reason } of outcome.refusals.slice(0, REFUSALS_TOLD))
      log.error({ object: key, line }, `dataset row refused: ${reason}. ${fix}`)
    if (outcome.rowsRefused > REFUSALS_TOLD)
      log.error(
        { object: key, rows: outcome.rowsRefused },
        'that many rows are refused in all: select * from dataset_refusals',
      )
    if (outcome.rows > 0) log.debug({ object: key, rows: outcome.rows }, 'dataset loaded')
  }

  async function work(): Promise<void> {
    let isTroubled = false
    while (!stopped.signal.aborted) {
      try {
        await datasets.refresh()
        if (isTroubled) log.info('datasets are loaded again')
        isTroubled = false
      } catch (error) {
        if (stopped.signal.aborted) return
        if (!isTroubled) log.warn({ err: error }, 'datasets not loaded; it is tried again')
        isTroubled = true
      }
      await delay(everyMs, undefined, { signal: pause.signal }).catch(() => undefined)
      if (pause.signal.aborted) pause = new AbortController()
    }
  }

  let working: Promise<void> = Promise.resolve()
  const datasets: Datasets = {
    refresh() {
      running = running.catch(() => undefined).then(look)
      return running
    },
    start() {
      working = work()
    },
    hurry() {
      pause.abort()
    },
    async stop() {
      stopped.abort()
      pause.abort()
      // A load that is held for a rebuild is let go: it has done nothing.
      await Promise.race([working, delay(STOP_LIMIT_MS)])
    },
    get settledAt() {
      return settledAt
    },
    get progress() {
      return sets.progress
    },
  }
  return datasets
}
