/** One process of the stack: started, watched, started again when it dies, stopped. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { dieWithParent } from '@shelfcast/runtime/die-with-parent'
import pRetry from 'p-retry'
import type { Plan } from '../native/plan.ts'
import { REPOSITORY } from '../state/layout.ts'
import { createLogFile, type LogLine, readable } from './part-log.ts'
import { within } from './probes.ts'

/** A service gives up its own clean stop after 15 s; past this it is killed. */
const STOP_LIMIT_MS = 20_000
/** The slowest first start seen was Spark's, 15 s on an idle machine; several stacks may share two cores. */
const READY_LIMIT_MS = 240_000
const PROBE_EVERY_MS = 100
/** Questions in a row that stay without answer before a part counts as stuck: a machine that slept misses one. */
const QUESTIONS = 6
/** Wait before a part that died is started again, doubled each time, until it has lived for a minute. */
const BACKOFF_MS = { first: 250, most: 15_000, forgetAfter: 60_000 }
/** Lines of its log that the error of a failed start shows. */
const TAIL_LINES = 15

export type PartState = 'stopped' | 'starting' | 'ready' | 'stopping' | 'waiting'

export interface Part {
  readonly name: string
  readonly state: PartState
  /** Process id while a process runs. */
  readonly pid: number | undefined
  /** How often it was started again because it had died. */
  readonly restarts: number
  /** Starts it and waits until it is ready. @throws with the end of its log when it dies before that */
  start(): Promise<void>
  /** Asks it to stop, and kills it past the limit; it stays down until `start`. */
  stop(): Promise<void>
  /** Sends a signal, as an accident would: a part that dies of it is started again. */
  kill(signal?: NodeJS.Signals): void
  /** SIGKILL, and it stays down until `start`. */
  crash(): Promise<void>
  /** Waits until it is ready, also through a restart. */
  ready(limitMs?: number): Promise<void>
}

export interface PartEvents {
  line?(line: LogLine): void
  /** State changes that a person should see. */
  news?(text: string, level: 'info' | 'warn'): void
  spawned?(pid: number): void
  ended?(): void
}

export function createPart(name: string, plan: Plan, logs: string, events: PartEvents = {}): Part {
  const log = createLogFile(logs, name)
  const tail: string[] = []
  let current: ChildProcess | undefined
  let exit = Promise.resolve()
  let preparation = Promise.resolve()
  let state: PartState = 'stopped'
  let restarts = 0
  let backoff = BACKOFF_MS.first
  /** Counts starts and stops: a recovery that finds another number has been overtaken. */
  let turns = 0

  function keep(line: string) {
    log.write(line)
    const shown = readable(line, plan.format)
    tail.push(shown.text)
    if (tail.length > TAIL_LINES) tail.shift()
    events.line?.(shown)
  }

  /** Starts a process and waits until it is ready; it is gone again when this throws. */
  async function launch(turn: number): Promise<void> {
    state = 'starting'
    tail.length = 0
    if (plan.prepare) {
      const work = plan.prepare((text) => events.news?.(text, 'warn'))
      preparation = work.catch(() => undefined)
      await work
      if (turns !== turn) throw new Error(`${name} was stopped before it ran.`)
    }
    const [command, ...args] = [...dieWithParent(), plan.command, ...plan.args]
    const child = spawn(command!, args, {
      cwd: REPOSITORY,
      env: plan.environment,
      ...plan.account,
      // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the parts in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    current = child
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep)
    const began = Date.now()
    const drain = new Promise((resolve) => child.once('close', resolve))
    const outcome = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be run (${error.message})`))
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`))
    }).then((how) => {
      current = undefined
      killGroup(child)
      plan.sweep?.()
      events.ended?.()
      return how
    })
    exit = outcome.then(() => undefined)
    if (child.pid !== undefined) events.spawned?.(child.pid)

    const fault = await Promise.race([outcome, untilReady(() => current === child)])
    if (fault === undefined) {
      state = 'ready'
      void watch(child)
      void outcome.then((how) => {
        if (Date.now() - began > BACKOFF_MS.forgetAfter) backoff = BACKOFF_MS.first
        return recover(how, turn)
      })
      return
    }
    child.kill('SIGKILL')
    // Its last words may still be in the pipe when the process has gone.
    await Promise.race([drain, delay(1_000)])
    throw new Error(`${name} ${fault} before it was ready:\n${tail.map((line) => `  ${line}`).join('\n')}`)
  }

  /** @returns what was wrong at the limit, or undefined when the part is ready */
  async function untilReady(lives: () => boolean): Promise<string | undefined> {
    const probe = async () => {
      const fault = await faultOf(plan.isReady())
      if (fault !== undefined) throw new Error(fault)
    }
    try {
      await pRetry(probe, {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: PROBE_EVERY_MS,
        factor: 1,
        maxRetryTime: READY_LIMIT_MS,
        shouldRetry: lives,
      })
      return undefined
    } catch (error) {
      return `took longer than ${READY_LIMIT_MS / 1000} s (${(error as Error).message})`
    }
  }

  /** A part that runs and does not answer is as good as dead, and only its users would notice. */
  async function watch(child: ChildProcess): Promise<void> {
    if (!plan.liveness) return
    const { answers, silenceMs } = plan.liveness
    const everyMs = silenceMs / QUESTIONS
    let unanswered = 0
    let fault: string | undefined
    while (unanswered < QUESTIONS) {
      const turnOver = delay(everyMs, undefined, { ref: false })
      fault = await faultOf(within(answers(), everyMs))
      unanswered = fault === undefined ? 0 : unanswered + 1
      // Counted in questions, not by the clock, which runs on while the machine sleeps.
      await turnOver
      if (current !== child || state !== 'ready') return
    }
    events.news?.(`runs and has answered nothing for ${silenceMs / 1000} s (${fault}); killing it`, 'warn')
    child.kill('SIGKILL')
  }

  async function recover(how: string, turn: number): Promise<void> {
    let reason = how
    while (turns === turn) {
      events.news?.(`${reason}; starting it again in ${(backoff / 1000).toFixed(1)} s`, 'warn')
      state = 'waiting'
      await delay(backoff)
      backoff = Math.min(backoff * 2, BACKOFF_MS.most)
      if (turns !== turn) return
      const began = Date.now()
      restarts++
      try {
        await launch(turn)
        events.news?.(`is back after ${((Date.now() - began) / 1000).toFixed(1)} s`, 'info')
        return
      } catch (error) {
        reason = (error as Error).message
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    turns++
    await preparation
    if (current) {
      state = 'stopping'
      current.kill(signal)
      const timer = setTimeout(() => {
        events.news?.(`did not stop in ${STOP_LIMIT_MS / 1000} s and is killed`, 'warn')
        current?.kill('SIGKILL')
      }, STOP_LIMIT_MS)
      await exit
      clearTimeout(timer)
    }
    state = 'stopped'
  }

  return {
    name,
    get state() {
      return state
    },
    get pid() {
      return current?.pid
    },
    get restarts() {
      return restarts
    },
    async start() {
      if (state !== 'stopped') throw new Error(`${name} is ${state}. Stop it before it is started again.`)
      const turn = ++turns
      try {
        await launch(turn)
      } catch (error) {
        state = 'stopped'
        throw error
      }
    },
    stop: () => end(plan.stopSignal ?? 'SIGTERM'),
    crash: () => end('SIGKILL'),
    kill(signal = 'SIGKILL') {
      // Its end is told a moment later, and who waits for it to be ready must not be told that it still is.
      if (current?.kill(signal) && signal === 'SIGKILL' && state === 'ready') state = 'waiting'
    },
    async ready(limitMs = READY_LIMIT_MS) {
      const limit = Date.now() + limitMs
      while (state !== 'ready') {
        if (Date.now() > limit)
          throw new Error(`${name} is ${state} and was not ready in ${limitMs / 1000} s.`)
        await delay(PROBE_EVERY_MS / 2)
      }
    },
  }
}

/** What a probe found wrong, or undefined. */
async function faultOf(answer: Promise<boolean>): Promise<string | undefined> {
  try {
    return (await answer) ? undefined : 'it answers that it is not'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What a part started itself goes with it. */
function killGroup(leader: ChildProcess): void {
  if (leader.pid === undefined) return
  try {
    process.kill(-leader.pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left, as it should be.
  }
}
