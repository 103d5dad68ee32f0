/** Runs as their table has them, and what cannot be done to one. */

// What belongs to the engine alone is not told.
export const RUN_COLUMNS = `runs.id, job, parameters, state, requested_by, reason, requested_at, attempts, worker, started_at,
  heartbeat_at, cancel_requested_at, ended_at, step, done, total, runs.text, error, result`

/** What cannot be done to a run, with a code for those who answer it to others. */
export class RunRefusal extends Error {
  override name = 'RunRefusal'
  readonly code: 'unknown_run' | 'run_ended' | 'run_lost' | 'key_taken'

  constructor(code: RunRefusal['code'], message: string) {
    super(message)
    this.code = code
  }
}
