/** The whole stack as one thing: started in order, kept up, stopped in reverse. Tests start it the same way. */
import { rmSync } from 'node:fs'
import { configuredPorts, freePorts, type Ports, portFaults } from '../machine/ports.ts'
import type { Plan, PlanInput } from '../native/plan.ts'
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
import { identify } from '../processes/identity.ts'
import { takeLock } from '../processes/lock.ts'
import { createProcessList, endLeftovers } from '../processes/orphans.ts'
import { readSettings, type Settings } from '../state/configuration.ts'
import { readJson, writeJson } from '../state/files.ts'
import { layout } from '../state/layout.ts'
import { ensureSecrets, type Secrets } from '../state/secrets.ts'
import { addressesOf, clientEnvironment, type StackState } from '../state/stack.ts'
import { createProgress } from '../tools/progress.ts'
import { prepareTools, type Tools } from '../tools/tools.ts'
import { heldText, ownFolder } from './folder.ts'
import { runOnce } from './one-shot.ts'
import { createPart, type Part } from './part.ts'
import type { LogLine } from './part-log.ts'
import { runInOrder } from './start-order.ts'

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

interface Claim {
  parts: PartName[]
  settings: Settings
  ports: Ports
  secrets: Secrets
  release: () => void
}

function assemble(options: StackOptions, claim: Claim): Stack {
  const { dataDir } = options
  const { ports, secrets, settings } = claim
  const paths = layout(dataDir)
  const processes = createProcessList(paths.processes)
  const step = options.onStep ?? ((_title, work) => work(() => undefined))
  const parts = new Map<PartName, Part>()
  let stop: Promise<void> | undefined
  let isStopping = false

  function add(name: PartName, partPlan: Plan) {
    const part = createPart(name, partPlan, paths.logs, {
      line: (line) => options.onLine?.(name, line),
      news: (text, level) => options.onNews?.(name, text, level),
      spawned: (pid) => processes.add(name, pid),
      ended: () => processes.remove(name),
    })
    parts.set(name, part)
  }

  async function startPart(name: PartName) {
    const part = parts.get(name)
    if (part && !isStopping) await step(partOf(name).title, () => part.start())
  }

  async function oneOff(name: OneShotName, input: PlanInput) {
    if (isStopping) return
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

  async function startInOrder(input: PlanInput) {
    const shots = ONE_SHOTS.filter((name) =>
      oneShotOf(name).of.every((part) => claim.parts.some((each) => each === part)),
    )
    await runInOrder([
      ...claim.parts.map((name) => ({ name, needs: partOf(name).needs, run: () => startPart(name) })),
      ...shots.map((name) => ({ name, needs: oneShotOf(name).needs, run: () => oneOff(name, input) })),
    ])
  }

  async function startAll() {
    const faults = await portFaults(ports, claim.parts)
    if (faults.length > 0) throw new Error(faults.join('\n'))
    const tools =
      options.tools ??
      (await prepareTools(createProgress(process.stderr), {
        spark: claim.parts.includes('spark'),
        models: claim.parts.includes('jobs'),
      }))
    const input: PlanInput = { dataDir, ports, secrets, settings, tools, parts: claim.parts }
    for (const name of claim.parts) add(name, plan(name, input))
    await startInOrder(input)
    if (isStopping) throw new Error('The stack was stopped while it started.')
    const self = identify(process.pid)
    if (!self)
      throw new Error(`The system does not tell about process ${process.pid}. Is /proc mounted, or ps there?`)
    writeJson(paths.stack, {
      ...self,
      started_at: new Date().toISOString(),
      parts: claim.parts,
      ports,
      addresses,
    } satisfies StackState)
  }

  async function stopAll() {
    isStopping = true
    rmSync(paths.stack, { force: true })
    for (const group of STOP_GROUPS) {
      const names = claim.parts.filter((name) => partOf(name).stops === group)
      await Promise.all(names.map((name) => parts.get(name)?.stop()))
    }
    rmSync(paths.processes, { force: true })
    claim.release()
  }

  const addresses = addressesOf(claim.parts, ports, secrets)
  return {
    dataDir,
    ports,
    secrets,
    addresses,
    environment: clientEnvironment(claim.parts, ports, secrets),
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
      stop ??= stopAll()
      return stop
    },
    kill() {
      isStopping = true
      for (const part of parts.values()) void part.crash()
    },
  }
}

async function choosePorts(how: 'configured' | 'free', path: string, settings: Settings): Promise<Ports> {
  if (how === 'configured') return configuredPorts(settings)
  const ports = await freePorts(readJson(path) as Ports | undefined)
  writeJson(path, ports)
  return ports
}
