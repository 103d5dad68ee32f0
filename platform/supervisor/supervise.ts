/** The whole stack as one thing: started in order, kept up, stopped in reverse. Tests start it the same way. */
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { configuredPorts, freePorts, type Ports, portFaults } from '../machine/ports.ts'
import type { OneShotPlan, Plan, PlanInput } from '../native/plan.ts'
import { oneShot, plan } from '../native/plans.ts'
import {
  ONE_SHOTS,
  type OneShotName,
  oneShotOf,
  PARTS,
  type PartName,
  partOf,
  USUAL_PARTS,
} from '../parts/parts.ts'
import { serverAccount } from '../postgres/account.ts'
import { type Identity, identify, isAlive } from '../processes/identity.ts'
import { takeLock } from '../processes/lock.ts'
import { createProcessList, dieWithParent, endLeftovers } from '../processes/orphans.ts'
import { readSettings, type Settings } from '../state/configuration.ts'
import { readJson, writeJson } from '../state/files.ts'
import { layout, REPOSITORY } from '../state/layout.ts'
import { ensureSecrets, type Secrets } from '../state/secrets.ts'
import { clientEnvironment, type StackState } from '../state/stack.ts'
import { createProgress } from '../tools/progress.ts'
import { prepareTools, type Tools } from '../tools/tools.ts'
import { createPart, type Part } from './part.ts'
import { type LogLine, readable } from './part-log.ts'

export interface StackOptions {
  dataDir: string
  /** `configured`: .env and components.json. `free`: any that nobody uses, so that stacks live side by side. */
  ports?: 'configured' | 'free'
  /** Which parts run; all but the optional ones by default. Topics, buckets and tables are made when their stores are among them. */
  parts?: readonly PartName[]
  /** Programs, when they are prepared already. */
  tools?: Tools
  /** Lines of the parts, and state changes of theirs. */
  onLine?(part: string, line: LogLine): void
  onNews?(part: string, text: string, level: 'info' | 'warn'): void
  /** Wraps each step of the start, to show it. */
  onStep?<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>
}

export interface Stack {
  readonly dataDir: string
  readonly ports: Ports
  readonly secrets: Secrets
  readonly addresses: StackState['addresses']
  /** A part that was asked for. @throws when it was not */
  part(name: PartName): Part
  /** Starts all parts in order, and writes stack.json when all are ready. */
  start(): Promise<void>
  /** Stops all parts in reverse order and gives the folder back. Safe to call at any time, and twice. */
  stop(): Promise<void>
  /** Kills all parts at once. */
  kill(): void
  /** Variables for a client with full rights. */
  readonly environment: Record<string, string>
}

/** SeaweedFS waits up to 10 s for S3 connections that are still open, so the warehouse goes before it. */
const STOP_GROUPS = [1, 2, 3, 4] as const

/** Takes the data folder and starts the whole stack. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = await openStack(options)
  await stack.start()
  return stack
}

/**
 * Takes the data folder: makes it and its secrets, ends what a killed supervisor left, chooses the ports.
 * @throws when another supervisor holds the folder, or when it holds files that are not a stack's
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  const { dataDir } = options
  const paths = layout(dataDir)
  const parts = PARTS.filter((name) => (options.parts ?? USUAL_PARTS).includes(name))
  ownFolder(dataDir)
  const lock = takeLock(paths.lock)
  if ('holder' in lock) throw new Error(heldText(dataDir, lock.holder.pid))
  try {
    for (const name of await endLeftovers(paths.processes)) {
      options.onNews?.(name, 'was left running by a supervisor that was killed; ended it', 'warn')
    }
    rmSync(paths.stack, { force: true })
    const settings = readSettings()
    const ports = await choosePorts(options.ports ?? 'configured', paths.ports, settings)
    const secrets = ensureSecrets(paths.secrets)
    return assemble(options, { parts, settings, ports, secrets, release: lock.release })
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Says who runs on the folder, and what to do; undefined when nobody does. */
export function heldBy(dataDir: string): string | undefined {
  const holder = readJson(layout(dataDir).lock) as Identity | undefined
  return holder && isAlive(holder) ? heldText(dataDir, holder.pid) : undefined
}

function heldText(dataDir: string, pid: number): string {
  return (
    `Shelfcast already runs on ${dataDir} (process ${pid}). Stop it with Ctrl-C there or kill ${pid}, ` +
    'or start another with --data DIR --ports free.'
  )
}

interface Opened {
  parts: PartName[]
  settings: Settings
  ports: Ports
  secrets: Secrets
  release: () => void
}

function assemble(options: StackOptions, opened: Opened): Stack {
  const { dataDir } = options
  const { ports, secrets, settings } = opened
  const paths = layout(dataDir)
  const processes = createProcessList(paths.processes)
  const step = options.onStep ?? ((_title, work) => work(() => undefined))
  const parts = new Map<PartName, Part>()
  let stopped: Promise<void> | undefined
  let stopping = false

  function add(name: PartName, planned: Plan) {
    const part = createPart(name, planned, paths.logs, {
      line: (line) => options.onLine?.(name, line),
      news: (text, level) => options.onNews?.(name, text, level),
      spawned: (pid) => processes.add(name, pid),
      ended: () => processes.remove(name),
    })
    parts.set(name, part)
  }

  async function startPart(name: PartName) {
    const part = parts.get(name)
    if (part && !stopping) await step(partOf(name).title, () => part.start())
  }

  async function oneOff(name: OneShotName, input: PlanInput) {
    if (stopping) return
    const { title, talks } = oneShotOf(name)
    await step(title, (note) =>
      runOnce(oneShot(name, input), {
        line(line) {
          if (talks && line.level === 'info') note(line.text)
          options.onLine?.(name, line)
        },
        spawned: (pid) => processes.add(name, pid),
        ended: () => processes.remove(name),
      }),
    )
  }

  /** Starts each part, and runs each one-shot, as soon as what it needs is ready. */
  async function startInOrder(input: PlanInput) {
    const steps: Step[] = [
      ...opened.parts.map((name) => ({ name, needs: partOf(name).needs, run: () => startPart(name) })),
      ...ONE_SHOTS.filter((name) =>
        oneShotOf(name).of.every((part) => opened.parts.some((each) => each === part)),
      ).map((name) => ({ name, needs: oneShotOf(name).needs, run: () => oneOff(name, input) })),
    ]
    const begun = new Map<string, Promise<void>>()
    const begin = ({ name, needs, run }: Step): Promise<void> => {
      const work =
        begun.get(name) ?? all(steps.filter((other) => needs.includes(other.name)).map(begin)).then(run)
      begun.set(name, work)
      return work
    }
    await all(steps.map(begin))
  }

  async function startAll() {
    const faults = await portFaults(ports, opened.parts)
    if (faults.length > 0) throw new Error(faults.join('\n'))
    const tools =
      options.tools ??
      (await prepareTools(createProgress(process.stderr), {
        spark: opened.parts.includes('spark'),
        models: opened.parts.includes('jobs'),
      }))
    const input: PlanInput = { dataDir, ports, secrets, settings, tools, parts: opened.parts }
    for (const name of opened.parts) add(name, plan(name, input))
    await startInOrder(input)
    if (stopping) throw new Error('The stack was stopped while it started.')
    const self = identify(process.pid)
    if (!self)
      throw new Error(`The system does not tell about process ${process.pid}. Is /proc mounted, or ps there?`)
    writeJson(paths.stack, {
      ...self,
      started_at: new Date().toISOString(),
      parts: opened.parts,
      ports,
      addresses,
    } satisfies StackState)
  }

  async function stopAll() {
    stopping = true
    rmSync(paths.stack, { force: true })
    for (const group of STOP_GROUPS) {
      const names = opened.parts.filter((name) => partOf(name).stops === group)
      await Promise.all(names.map((name) => parts.get(name)?.stop()))
    }
    rmSync(paths.processes, { force: true })
    opened.release()
  }

  const addresses = addressesOf(opened.parts, ports, secrets)
  return {
    dataDir,
    ports,
    secrets,
    addresses,
    environment: clientEnvironment(opened.parts, ports, secrets),
    part(name) {
      const part = parts.get(name)
      if (!part) throw new Error(`The stack on ${dataDir} has no ${name}. Add it to its parts.`)
      return part
    },
    async start() {
      try {
        await startAll()
      } catch (error) {
        await this.stop()
        throw error
      }
    },
    stop() {
      stopped ??= stopAll()
      return stopped
    },
    kill() {
      stopping = true
      for (const part of parts.values()) void part.crash()
    },
  }
}

/** One of a start. */
interface Step {
  name: string
  needs: readonly string[]
  run(): Promise<void>
}

/** Waits for all, also when one fails: nothing is left half started when the error is handled. */
async function all(work: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

/** Runs a one shot to its end. @throws its last lines when it fails */
async function runOnce(
  { command, args, environment, format }: OneShotPlan,
  events: { line(line: LogLine): void; spawned(pid: number): void; ended(): void },
): Promise<void> {
  const [first, ...rest] = [...dieWithParent(), command, ...args]
  const child = spawn(first!, rest, {
    cwd: REPOSITORY,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      const line = readable(text, format)
      lines.push(line.text)
      events.line(line)
    })
  }
  if (child.pid !== undefined) events.spawned(child.pid)
  const how = await new Promise<number | string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  events.ended()
  if (how !== 0) throw new Error(`${rest.at(-1)} ended with ${how}:\n${lines.slice(-15).join('\n')}`)
}

/** Makes the folder, which nobody else may read; refuses one that holds something else. */
function ownFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true })
  const foreign = foreignFile(dataDir)
  if (foreign !== undefined) {
    throw new Error(
      `${dataDir} holds "${foreign}" and no Shelfcast data. Choose an empty or new folder with --data DIR.`,
    )
  }
  // As root, the operational store runs as another user, who has to get to its own folder within, and sees no names.
  const account = serverAccount()
  if (account) chownSync(dataDir, statSync(dataDir).uid, account.gid)
  chmodSync(dataDir, account ? 0o710 : 0o700)
}

/** Name of a file that shows that the folder is not a stack's, or undefined. */
export function foreignFile(dataDir: string): string | undefined {
  if (existsSync(layout(dataDir).secrets)) return undefined
  const ours = /^(tools|supervisor\.lock.*)$/
  return existsSync(dataDir) ? readdirSync(dataDir).find((name) => !ours.test(name)) : undefined
}

async function choosePorts(how: 'configured' | 'free', path: string, settings: Settings): Promise<Ports> {
  if (how === 'configured') return configuredPorts(settings)
  const ports = await freePorts(readJson(path) as Ports | undefined)
  writeJson(path, ports)
  return ports
}

function addressesOf(parts: readonly PartName[], ports: Ports, secrets: Secrets): StackState['addresses'] {
  const url = (port: number | undefined) => `http://127.0.0.1:${port}`
  const all: StackState['addresses'] = {
    kafka: `127.0.0.1:${ports.kafka.broker}`,
    lake: url(ports.lake.s3),
    console: `${url(ports.lake.console)}/${secrets.console_path}/`,
    warehouse: url(ports.warehouse.http),
    operational: `postgres://shelfcast@127.0.0.1:${ports.operational.sql}/shelfcast`,
    ingest: url(ports.ingest.health),
    inference: url(ports.inference.http),
    api: url(ports.api.http),
    twin: url(ports.twin.health),
    jobs: url(ports.jobs.health),
    spark: url(ports.spark.health),
  }
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => parts.includes((name === 'console' ? 'lake' : name) as PartName)),
  )
}
