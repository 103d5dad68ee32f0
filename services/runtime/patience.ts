/**
 * How a command beside a stack goes on over the restart of a part: it says which part it waits for, does again what may
 * be done twice, and ends with the part's name and the fix where that does not come back.
 */

import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, relative } from 'node:path'
import { WAIT_S } from '@shelfcast/contracts/patience'
import pRetry from 'p-retry'
import components from '../../components.json' with { type: 'json' }
import { absenceOf, isLakeAwayFrom } from './away.ts'

/** As in components.json. */
export type PartName =
  | 'kafka'
  | 'lake'
  | 'warehouse'
  | 'operational'
  | 'ingest'
  | 'spark'
  | 'inference'
  | 'api'
  | 'twin'
  | 'jobs'

const LOOKING = { retries: Number.POSITIVE_INFINITY, minTimeout: 250, factor: 1 }
const CONNECT_LIMIT_MS = 2_000

/** Ends the command; its message is for the person. */
export class PartAway extends Error {}

export interface Patience {
  /** Whether it is told which stack runs, and so sees that it has stopped. */
  knowsStack: boolean
  /**
   * Does it, and again while it fails because the part is away.
   * @param isRepeatable false: only while the part has not heard of it
   * @throws PartAway past the limit, and at once where the stack has stopped
   */
  until<T>(part: PartName, work: () => Promise<T>, isRepeatable?: boolean): Promise<T>
  /** For clients that try again by themselves: says that a part is away until `answers`, and ends the command past the limit. */
  watch(part: PartName, answers: () => Promise<boolean>): void
  /** What the command does, ended when a part that is watched does not come back. */
  guard<T>(work: Promise<T>): Promise<T>
}

export interface PatienceOptions {
  /** Seconds, for each time that a part is away. */
  waitS: number
  /** Data folder of the stack, where `npm start` runs it. */
  dataDir: string | undefined
  say(text: string): void
}

/** As platform/commands/programs.ts tells it. */
export function patienceOptions(environment: NodeJS.ProcessEnv = process.env): PatienceOptions {
  return {
    waitS: Number(environment.SHELFCAST_WAIT_S || WAIT_S),
    dataDir: environment.SHELFCAST_STACK || undefined,
    say: (text) => process.stderr.write(`${text}\n`),
  }
}

export function createPatience({ waitS, dataDir, say }: PatienceOptions = patienceOptions()): Patience {
  /** When each part that is away was missed first. */
  const missed = new Map<PartName, number>()
  const end = Promise.withResolvers<never>()
  // Where nobody guards, the next call says it.
  end.promise.catch(() => undefined)

  /** @throws where it makes no sense to wait, or no more */
  function miss(part: PartName, reason: string): void {
    if (dataDir !== undefined && !isUp(dataDir))
      throw new PartAway(
        `The stack on ${dataDir} has stopped, and with it ${nameOf(part)}. Start it again: npm start${dataFlag(dataDir)}; then run the command again.`,
      )
    const since = missed.get(part)
    if (since === undefined) {
      missed.set(part, Date.now())
      if (waitS > 0) say(`${nameOf(part)} does not answer; waiting for it to come back (up to ${waitS} s)`)
    }
    if (Date.now() - (since ?? Date.now()) < waitS * 1_000) return
    throw new PartAway(`${nameOf(part)} did not come back in ${waitS} s (${reason}). ${fixOf(part, dataDir)}`)
  }

  function meet(part: PartName): void {
    const since = missed.get(part)
    if (since === undefined) return
    missed.delete(part)
    say(`${nameOf(part)} is back after ${((Date.now() - since) / 1_000).toFixed(1)} s`)
  }

  return {
    knowsStack: dataDir !== undefined,
    async until(part, work, isRepeatable = true) {
      const result = await pRetry(work, {
        ...LOOKING,
        onFailedAttempt({ error }) {
          const absent = isLakeAwayFrom(error) ? 'lake' : part
          const absence = absent === part ? absenceOf(error) : 'broken'
          if (absence === 'no') throw error
          if (absence === 'broken' && !isRepeatable)
            throw new PartAway(
              `${nameOf(absent)} went away in the middle of a step (${reasonOf(error)}), and nobody knows whether that was done. Run the command again.`,
              { cause: error },
            )
          miss(absent, reasonOf(error))
        },
      })
      meet(part)
      return result
    },
    watch(part, answers) {
      if (missed.has(part)) return
      const look = async () => {
        if (!(await answers().catch(() => false))) throw new Error('no answer')
      }
      // One that answers is only slow.
      pRetry(look, { ...LOOKING, onFailedAttempt: ({ error }) => miss(part, error.message) })
        .then(() => meet(part))
        .catch(end.reject)
    },
    guard: (work) => Promise.race([work, end.promise]),
  }
}

/** Whether something listens there. */
export function listens(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      timeout: CONNECT_LIMIT_MS,
    })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** Whether a service of ours says that it is ready. */
export async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(CONNECT_LIMIT_MS) })
  await answer.body?.cancel()
  return answer.ok
}

export function nameOf(part: PartName): string {
  return `${components.components.find(({ name }) => name === part)!.title} (${part})`
}

/** Where to look, and what to do. */
export function fixOf(part: PartName, dataDir: string | undefined): string {
  if (dataDir === undefined) {
    const { compose } = components.components.find(({ name }) => name === part)!
    return `Look at its log (docker compose logs ${compose}) and start it again.`
  }
  const log = join(dataDir, 'logs', `${part}.log`)
  const near = relative(process.cwd(), log)
  return `Look at ${near.startsWith('..') ? log : near}; start the stack again with npm start${dataFlag(dataDir)}.`
}

function dataFlag(dataDir: string): string {
  return dataDir === join(import.meta.dirname, '../../.shelfcast') ? '' : ` -- --data ${dataDir}`
}

/** stack.json is there from the moment when all parts are ready until the stop. */
function isUp(dataDir: string): boolean {
  const file = join(dataDir, 'stack.json')
  if (!existsSync(file)) return false
  try {
    process.kill((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return (
    (cause instanceof Error && cause.message) ||
    error.message ||
    String((error as NodeJS.ErrnoException).code)
  )
}
