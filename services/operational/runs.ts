/** What was asked for, what is under way and how it ended: the queue and the progress that pages show. */
import type { ModelName } from '@shelfcast/contracts/manifest'
import type { Run } from '@shelfcast/contracts/runs'
import type { Operational, Queries } from './client.ts'
import { one } from './records.ts'

/** Silence after which a run is taken for dead. Whoever works says something more often. */
export const SILENCE_LIMIT_MS = 300_000

export interface RunRequest {
  kind: string
  model?: ModelName | null
  /** A person, or the job that asks. */
  requested_by: string
  reason?: string
}

/** What changed; what is left out stays as it is. */
export type Progress = Partial<Pick<Run, 'step' | 'done' | 'total' | 'text'>>

export interface Runs {
  /** Queues a run; where the same waits already, that is the answer, and `joined` says so. */
  request(request: RunRequest): Promise<{ run: Run; joined: boolean }>
  /**
   * Takes the oldest of these kinds that waits, unless the same is under way; first, runs that have long said nothing are
   * failed.
   */
  claim(kinds: readonly string[]): Promise<Run | undefined>
  /** A run that nobody queued begins. */
  start(request: RunRequest): Promise<Run>
  /** A sign of life, with what has changed. @throws when the run is over, as when it was taken for dead */
  progress(id: number, progress?: Progress): Promise<void>
  finish(id: number, result?: Record<string, unknown>): Promise<Run>
  fail(id: number, error: string): Promise<Run>
  /** Newest first. */
  latest(which?: { kind?: string; model?: ModelName; limit?: number }): Promise<Run[]>
  byId(id: number): Promise<Run | undefined>
}

export function createRuns(operational: Operational, options: { silenceLimitMs?: number } = {}): Runs {
  const silenceLimitMs = options.silenceLimitMs ?? SILENCE_LIMIT_MS
  const byId = async (id: number) =>
    (await operational.query<Run>('select * from runs where id = $1', [id]))[0]

  /** Of a run that is under way. */
  async function change(id: number, changes: string, values: unknown[]): Promise<Run> {
    const [run] = await operational.query<Run>(
      `update runs set heartbeat_at = now(), ${changes} where id = $1 and state = 'running' returning *`,
      [id, ...values],
    )
    if (run) return run
    const found = await byId(id)
    throw new Error(
      found
        ? `Run ${id} (${found.kind}) is ${found.state}, not running${found.error ? `: ${found.error}` : ''}. Stop working on it.`
        : `There is no run ${id}.`,
    )
  }

  return {
    async request({ kind, model = null, requested_by, reason = '' }) {
      const { is_new, ...run } = one(
        await operational.query<Run & { is_new: boolean }>(
          // PostgreSQL leaves xmax of a row at 0 until it is updated.
          `insert into runs (kind, model, requested_by, reason) values ($1, $2, $3, $4)
          on conflict (kind, model) where state = 'queued' do update set kind = excluded.kind
          returning *, xmax = 0 as is_new`,
          [kind, model, requested_by, reason],
        ),
      )
      return { run, joined: !is_new }
    },

    claim: (kinds) =>
      operational.transaction(async (inside) => {
        await failSilent(inside, silenceLimitMs)
        const [run] = await inside.query<Run>(
          `update runs set state = 'running', started_at = now(), heartbeat_at = now()
          where id = (
              select id from runs queued
              where state = 'queued'
                  and kind = any($1)
                  and not exists (
                      select from runs other
                      where other.state = 'running'
                          and other.kind = queued.kind
                          and other.model is not distinct from queued.model
                  )
              order by requested_at, id
              limit 1
              for update skip locked
          )
          returning *`,
          [kinds],
        )
        return run
      }),

    async start({ kind, model = null, requested_by, reason = '' }) {
      return one(
        await operational.query<Run>(
          `insert into runs (kind, model, requested_by, reason, state, started_at, heartbeat_at)
          values ($1, $2, $3, $4, 'running', now(), now())
          returning *`,
          [kind, model, requested_by, reason],
        ),
      )
    },

    async progress(id, { step = null, done = null, total = null, text = null } = {}) {
      await change(
        id,
        'step = coalesce($2, step), done = coalesce($3, done), total = coalesce($4, total), text = coalesce($5, text)',
        [step, done, total, text],
      )
    },
    finish: (id, result = {}) =>
      change(id, "state = 'done', ended_at = now(), result = $2::jsonb", [JSON.stringify(result)]),
    fail: (id, error) => change(id, "state = 'failed', ended_at = now(), error = $2", [error]),

    latest: ({ kind = null, model = null, limit = 20 } = {}) =>
      operational.query<Run>(
        `select * from runs
        where ($1::text is null or kind = $1) and ($2::text is null or model = $2)
        order by requested_at desc, id desc
        limit $3`,
        [kind, model, limit],
      ),
    byId,
  }
}

async function failSilent(inside: Queries, silenceLimitMs: number): Promise<void> {
  await inside.query(
    `update runs
    set state = 'failed',
        ended_at = now(),
        error = $2
    where state = 'running' and heartbeat_at < now() - $1::double precision * interval '1 millisecond'`,
    [
      silenceLimitMs,
      `Its process said nothing for ${silenceLimitMs / 1_000} s and is taken for dead. Ask for it again.`,
    ],
  )
}
