/** What a job is. One file per job; jobs.ts lists them; the service, the command line and others start them alike. */
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Connectors } from '../environment.ts'

export interface Job {
  /** As in `npm run jobs -- NAME`. */
  name: string
  /** What it does, in one line. */
  does: string
  /** When the service runs it: a cron pattern of five fields, in UTC. Undefined: by hand only. */
  schedule: string | undefined
  /** Also soon after the service has started, for a machine that is seldom on when the schedule says. */
  runsAtStart: boolean
  /** Whether it works on warehouse and operational store; the service leaves it out where it is not told of them. */
  needsStores?: boolean
  /** Whether what it needs is there, for a job of which that is not sure; the service leaves the others out. */
  isAvailable?(): boolean
  /** Does the work. @throws when nothing could be done at all; what could be done in part is told by `shortfalls` */
  run(context: JobContext): Promise<JobResult>
}

export interface JobContext {
  lake: Lake
  /** Addresses of the services that are fetched from; undefined: turned off. */
  connectors: Connectors
  log: Logger
  /** Milliseconds since 1970. */
  now(): number
  /** Aborted when the run has to end. */
  signal: AbortSignal
  /** Does the work again although its last result still holds. */
  force: boolean
}

export interface JobResult {
  /** By name, with the unit in the name where it is not a count. */
  figures: Record<string, number>
  /** What could not be done and what serves instead: sentences for a person. Empty when all was done. */
  shortfalls: string[]
}
