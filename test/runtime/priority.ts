/** How much of the processors a process gets, as the system says; told by programs that stand in for trainings. */

export interface Told {
  nice: number
  /** Of its session, where Linux divides by sessions. */
  autogroup: string
  OMP_NUM_THREADS: string
  POLARS_MAX_THREADS: string
}

/** Statements of a program in Node that writes what it is, as a line of JSON. */
export const TELLING = `
  import { readFileSync } from 'node:fs'
  import { getPriority } from 'node:os'
  const { OMP_NUM_THREADS, POLARS_MAX_THREADS } = process.env
  let autogroup = ''
  try { autogroup = readFileSync('/proc/self/autogroup', 'utf8').trim() } catch {}
  console.log(JSON.stringify({ nice: getPriority(), autogroup, OMP_NUM_THREADS, POLARS_MAX_THREADS }))`
