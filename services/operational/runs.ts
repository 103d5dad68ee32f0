/** What was asked for, what is under way and how it ended: the queue, its workers, and the progress that pages show. */
import type { JobName, Run, RunFilter, RunLine, RunResult } from '@shelfcast/contracts/runs'
import { codeOf, type Operational, type Queries } from './client.ts'
import { KeyRace, type Request, requestRun } from './run-requests.ts'
import { RUN_COLUMNS, RunRefusal } from './run-rows.ts'

/** Silence after which a run's worker is taken for dead. Whoever works says something every few seconds. */
export const SILENCE_LIMIT_MS = 120_000
const LINES_SHOWN = 200
/** Characters of a line that are kept. */
const LINE_LENGTH = 2_000

/** What changed; what is left out stays as it is. */
export type Progress = Partial<Pick<Run, 'step' | 'done' | 'total' | 'text'>>

/** A run as a worker holds it: when another has begun it anew, the first can no longer change it. */
export type Lease = Pick<Run, 'id' | 'attempts'>

export interface Runs {
  /** Queues a run; where the same waits already, that is the answer, and `joined` says so. */
  request(request: Request): Promise<{ run: Run; joined: boolean }>
  /**
   * Takes the oldest of these jobs that waits, unless one of its lane is under way; first, runs whose worker has long
   * said nothing are failed or queued again.
   * @param which.id only this run
   */
  claim(choice: { jobs: readonly JobName[]; worker: string; id?: number }): Promise<Run | undefined>
  /**
   * A sign of life, with what has changed and what was said since.
   * @returns whether somebody wants it to end
   * @throws RunRefusal when the run is no longer this worker's
   */
  heartbeat(lease: Lease, news?: { progress?: Progress; lines?: readonly RunLine[] }): Promise<boolean>
  succeed(lease: Lease, result: RunResult): Promise<Run>
  fail(lease: Lease, error: string): Promise<Run>
  /** It ends as somebody wanted. */
  stop(lease: Lease, reason: string): Promise<Run>
  /** Its worker cannot go on: as if it had died. */
  release(lease: Lease, reason: string): Promise<void>
  /** The same for all that a worker of this name had when it died. @returns how many */
  releaseAll(worker: string): Promise<number>
  /** One that waits is cancelled at once; the worker of one that is under way is told. @throws RunRefusal */
  cancel(id: number, by: string): Promise<Run>
  byId(id: number): Promise<Run | undefined>
  /** The last that it said, oldest first. */
  lines(id: number): Promise<RunLine[]>
  /** Newest first. */
  list(filter?: Omit<RunFilter, 'job'> & { jobs?: readonly JobName[] }): Promise<Run[]>
  /** Drops runs that ended earlier. @returns how many */
  prune(endedBefore: Date): Promise<number>
}

const UNIQUE_VIOLATION = '23505'

export function createRuns(operational: Operational, options: { silenceLimitMs?: number } = {}): Runs {
  const silenceLimitMs = options.silenceLimitMs ?? SILENCE_LIMIT_MS
  const byId = async (id: number) =>
    (await operational.query<Run>(`select ${RUN_COLUMNS} from runs where id = $1`, [id]))[0]

  /** Of a run that this worker has. */
  async function change(lease: Lease, changes: string, values: unknown[] = []): Promise<Run> {
    const [run] = await operational.query<Run>(
      `update runs set heartbeat_at = now(), ${changes}
      where id = $1 and attempts = $2 and state = 'running'
      returning ${RUN_COLUMNS}`,
      [lease.id, lease.attempts, ...values],
    )
    if (run) return run
    const current = await byId(lease.id)
    if (!current) throw new RunRefusal('unknown_run', `There is no run ${lease.id}.`)
    const state =
      current.state === 'running' ? `with another worker, ${current.worker}` : `${current.state}, not running`
    throw new RunRefusal(
      'run_lost',
      `Run ${lease.id} (${current.job}) is ${state}${current.error ? `: ${current.error}` : ''}. Stop working on it.`,
    )
  }

  return {
    async request(request) {
      for (;;) {
        try {
          return await operational.transaction((inside) => requestRun(inside, request))
        } catch (error) {
          // Another asked with the same key at the same time: it is answered with that run now.
          if (!(error instanceof KeyRace)) throw error
        }
      }
    },

    async claim({ jobs, worker, id }) {
      try {
        return await operational.transaction(async (inside) => {
          await release(
            inside,
            `heartbeat_at < now() - $2::double precision * interval '1 millisecond'`,
            `Its worker said nothing for ${silenceLimitMs / 1_000} s and is taken for dead.`,
            [silenceLimitMs],
          )
          const [run] = await inside.query<Run>(
            `update runs
            set state = 'running', worker = $2, attempts = attempts + 1, started_at = now(), heartbeat_at = now()
            where id = (
                select id from runs queued
                where state = 'queued'
                    and job = any($1)
                    and ($3::bigint is null or id = $3)
                    and not exists (select from runs other where other.state = 'running' and other.lane = queued.lane)
                order by requested_at, id
                limit 1
                for update skip locked
            )
            returning ${RUN_COLUMNS}`,
            [jobs, worker, id ?? null],
          )
          return run
        })
      } catch (error) {
        // Another took one of the same lane at the same time.
        if (codeOf(error) === UNIQUE_VIOLATION) return undefined
        throw error
      }
    },

    async heartbeat(lease, { progress = {}, lines = [] } = {}) {
      const { step = null, done = null, total = null, text = null } = progress
      const run = await change(
        lease,
        'step = coalesce($3, step), done = coalesce($4, done), total = coalesce($5, total), text = coalesce($6, text)',
        [step, done, total, text],
      )
      if (lines.length > 0)
        await operational.query(
          `insert into run_lines (run, at, level, text)
          select $1, at, level, text from jsonb_to_recordset($2::jsonb) as line (at timestamptz, level text, text text)`,
          [lease.id, JSON.stringify(lines.map((line) => ({ ...line, text: storable(line.text) })))],
        )
      return run.cancel_requested_at !== null
    },
    succeed: (lease, result) =>
      change(lease, "state = 'succeeded', ended_at = now(), result = $3::jsonb", [JSON.stringify(result)]),
    fail: (lease, error) =>
      change(lease, "state = 'failed', ended_at = now(), error = $3", [storable(error)]),
    stop: (lease, reason) =>
      change(lease, "state = 'cancelled', ended_at = now(), error = $3", [storable(reason)]),
    async release({ id, attempts }, reason) {
      await release(operational, 'id = $2 and attempts = $3', reason, [id, attempts])
    },
    releaseAll: (worker) =>
      release(operational, 'worker = $2', 'Its worker ended in the middle of it.', [worker]),

    async cancel(id, by) {
      const [run] = await operational.query<Run>(
        `update runs
        set cancel_requested_at = coalesce(cancel_requested_at, now()),
            ended_at = case when state = 'queued' then now() end,
            error = case when state = 'queued' then $2 end,
            state = case when state = 'queued' then 'cancelled' else state end
        where id = $1 and state in ('queued', 'running')
        returning ${RUN_COLUMNS}`,
        [id, `Cancelled by ${by} before it began.`],
      )
      if (run) return run
      const current = await byId(id)
      if (!current) throw new RunRefusal('unknown_run', `There is no run ${id}. GET /api/v1/runs lists them.`)
      throw new RunRefusal(
        'run_ended',
        `Run ${id} (${current.job}) has ${current.state} already: nothing to cancel.`,
      )
    },

    byId,
    lines: (id) =>
      operational.query<RunLine>(
        `select at, level, text
        from (select * from run_lines where run = $1 order by id desc limit $2) as last
        order by id`,
        [id, LINES_SHOWN],
      ),
    list: ({ jobs, state, model, before, limit = 50 } = {}) =>
      operational.query<Run>(
        `select ${RUN_COLUMNS} from runs
        where ($1::text[] is null or job = any($1))
            and ($2::text is null or state = $2)
            and ($3::text is null or parameters ->> 'model' = $3)
            and ($4::bigint is null or id < $4)
        order by id desc
        limit $5`,
        [jobs ?? null, state ?? null, model ?? null, before ?? null, limit],
      ),
    async prune(endedBefore) {
      const rows = await operational.query('delete from runs where ended_at < $1 returning id', [endedBefore])
      return rows.length
    },
  }
}

/**
 * Runs that are under way and have lost their worker: queued again as often as their job says, cancelled where that was
 * wanted, failed otherwise. Their input stays as it is.
 */
async function release(
  queries: Queries,
  which: string,
  reason: string,
  values: readonly unknown[],
): Promise<number> {
  const rows = await queries.query(
    `update runs
    set state = outcome.state,
        ended_at = case when outcome.state <> 'queued' then now() end,
        error = case outcome.state
            when 'failed' then $1::text || ' Ask for it again.'
            when 'cancelled' then $1::text
        end,
        step = case when outcome.state = 'queued' then '' else step end,
        done = case when outcome.state = 'queued' then 0 else done end,
        text = case when outcome.state = 'queued' then $1::text || ' It is begun again.' else text end
    from (
        select
            id as run,
            case
                when cancel_requested_at is not null then 'cancelled'
                when attempts <= restarts and not exists (
                    select from runs other
                    where other.state = 'queued' and other.job = lost.job and other.parameters = lost.parameters
                ) then 'queued'
                else 'failed'
            end as state
        from runs lost
        where state = 'running' and ${which}
        for update skip locked
    ) as outcome
    where runs.id = outcome.run
    returning runs.id`,
    [reason, ...values],
  )
  return rows.length
}

/** PostgreSQL takes no NUL. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, LINE_LENGTH).toWellFormed()
}
