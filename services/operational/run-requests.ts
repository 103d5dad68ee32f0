/** Asking for a run: the same that waits or is under way answers too. */
import { JOBS, type JobName, parametersOf, type Run } from '@shelfcast/contracts/runs'
import { one, type Queries } from './client.ts'
import { RUN_COLUMNS, RunRefusal } from './run-rows.ts'

export interface Request {
  job: JobName
  /** Those that are left out have their defaults. */
  parameters?: Record<string, unknown>
  /** A person, or the part that asks. */
  requested_by: string
  reason?: string
  /** Who asks twice with the same key gets the same run. */
  key?: string
  /** The same that is under way answers too, not only the same that waits. */
  joinsRunning?: boolean
}

/** Another asked with the same key at the same time. */
export class KeyRace extends Error {}

/** Queues a run inside of a transaction: what is asked for because of a change is asked for when the change is made. */
export async function requestRun(
  inside: Queries,
  { job, parameters: input, requested_by, reason = '', key, joinsRunning = false }: Request,
): Promise<{ run: Run; joined: boolean }> {
  const parameters = JSON.stringify(parametersOf(job, input))
  if (key !== undefined) {
    const [run] = await inside.query<Run & { is_same: boolean }>(
      `select ${RUN_COLUMNS}, job = $2 and parameters = $3::jsonb as is_same
      from run_keys join runs on runs.id = run_keys.run
      where key = $1`,
      [key, job, parameters],
    )
    if (run) {
      const { is_same, ...existing } = run
      if (is_same) return { run: existing, joined: true }
      throw new RunRefusal(
        'key_taken',
        `The key "${key}" was used to ask for run ${existing.id}, which is another (${existing.job}). Ask with a key of its own.`,
      )
    }
  }
  if (joinsRunning) {
    const [run] = await inside.query<Run>(
      `select ${RUN_COLUMNS} from runs where state = 'running' and job = $1 and parameters = $2::jsonb`,
      [job, parameters],
    )
    if (run) return { run, joined: true }
  }
  const { is_new, ...run } = one(
    await inside.query<Run & { is_new: boolean }>(
      // PostgreSQL leaves xmax of a row at 0 until it is updated.
      `insert into runs (job, parameters, requested_by, reason, restarts) values ($1, $2::jsonb, $3, $4, $5)
      on conflict (job, parameters) where state = 'queued' do update set job = excluded.job
      returning ${RUN_COLUMNS}, xmax = 0 as is_new`,
      [job, parameters, requested_by, reason, JOBS[job].restarts],
    ),
  )
  if (key !== undefined) {
    const keys = await inside.query(
      'insert into run_keys (key, run) values ($1, $2) on conflict do nothing returning key',
      [key, run.id],
    )
    if (keys.length === 0) throw new KeyRace()
  }
  return { run, joined: !is_new }
}
