/** What a job is. One file per job; jobs.ts lists them; contracts/runs.ts says what can be asked of each. */
import type { JobName, JobParameters, RunResult } from '@shelfcast/contracts/runs'
import type { Progress } from '@shelfcast/operational/runs'
import type { Backends } from '../backends.ts'
import type { Connectors } from '../environment.ts'

export interface Job<Name extends JobName = JobName> {
  name: Name
  /** It takes processors and memory for long: a process works on one such job at a time. */
  isHeavy?: boolean
  /** What it needs and this process has not, as a sentence with the fix; the service leaves such jobs to others. */
  missing?(): string | undefined
  /** Does the work. @throws when nothing could be done at all; what could be done in part is told by `shortfalls` */
  run(context: JobContext<Name>): Promise<RunResult>
}

/** Kept with the run, and in the log of the process. */
export interface RunLog {
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
}

export interface JobContext<Name extends JobName = JobName> {
  parameters: JobParameters<Name>
  /** Who asked. */
  actor: string
  backends: Backends
  /** Addresses of the services that are fetched from; undefined: turned off. */
  connectors: Connectors
  log: RunLog
  /** Milliseconds since 1970. */
  now(): number
  /** Aborted when the run has to end. */
  signal: AbortSignal
  /** Shown while it runs; what is left out stays as it is. */
  progress(progress: Progress): void
}
