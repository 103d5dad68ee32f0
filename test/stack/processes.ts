/** Service processes that a test starts itself, beside or instead of those of the stack. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { dieWithParent } from '@shelfcast/runtime/die-with-parent'
import { freePort } from '../platform/server-process.ts'
import type { StackVariables } from './figures.ts'
import { until } from './figures.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What each process that still runs has said. */
const running = new Map<ChildProcess, () => string>()

/** Kills what a failed test left running, and tells what it said last. */
export async function killAll(): Promise<void> {
  const ends = [...running.keys()].map((child) => once(child, 'exit'))
  for (const [child, output] of running) {
    console.error(`process ${child.pid} was left running, and said last:\n${output()}`)
    child.kill('SIGKILL')
  }
  await Promise.all(ends)
}

export interface IngestProcess {
  process: ChildProcess
  /** Where it tells of its health and its metrics. */
  url: string
  /** Exit code or signal, once it has ended. */
  ended: Promise<number | NodeJS.Signals>
  /** Resolves when /readyz says so; rejects when the process ends before. */
  ready(): Promise<void>
  /** The last of what it has logged. */
  output(): string
  /** Sums of its metrics by name, over all labels. */
  metrics(): Promise<Map<string, number>>
  stop(): Promise<number | NodeJS.Signals>
}

/** @param extra variables beside those of the stack, such as INGEST_KILL_AFTER */
export async function startIngest(
  variables: StackVariables,
  extra: Record<string, string> = {},
): Promise<IngestProcess> {
  const port = await freePort()
  const words = [process.execPath, '--disable-warning=TimeoutNegativeWarning', 'services/ingest/main.ts']
  // A run of tests that is killed leaves no process behind.
  const [command, ...args] = [...dieWithParent(), ...words]
  const child = spawn(command!, args, {
    cwd: root,
    env: {
      ...machineEnvironment(process.env),
      ...variables,
      LOG_LEVEL: 'info',
      INGEST_PORT: String(port),
      ...extra,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout!.on('data', (chunk) => {
    output = (output + chunk).slice(-64_000)
  })
  running.set(child, () => output.slice(-4_000))
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return (signal ?? code) as number | NodeJS.Signals
  })
  const url = `http://127.0.0.1:${port}`
  return {
    process: child,
    url,
    ended,
    async ready() {
      const early = ended.then((code) => {
        throw new Error(`ingest ended with ${code} before it was ready:\n${output.slice(-4_000)}`)
      })
      await Promise.race([
        early,
        until(async () => (await fetch(`${url}/readyz`)).ok, 'ingest ready', 30_000),
      ])
      early.catch(() => undefined)
    },
    output: () => output,
    async metrics() {
      const text = await (await fetch(`${url}/metrics`)).text()
      const sums = new Map<string, number>()
      for (const [, name, value] of text.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)) {
        sums.set(name!, (sums.get(name!) ?? 0) + Number(value))
      }
      return sums
    },
    async stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}
