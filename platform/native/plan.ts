/** How `npm start` runs a part: its command, what it is told, and how to see that it is ready. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TObject, TSchema } from 'typebox'
import { machineEnvironment } from '../machine/environment.ts'
import type { Ports } from '../machine/ports.ts'
import { defaultOf, type Program } from '../parts/part.ts'
import { PARTS, type PartName, partOf } from '../parts/parts.ts'
import type { Settings } from '../state/configuration.ts'
import { layout, REPOSITORY } from '../state/layout.ts'
import type { Secrets } from '../state/secrets.ts'
import { accessTo } from '../state/stack.ts'
import type { LogFormat } from '../supervisor/part-log.ts'
import { DASHBOARD_BUILD } from '../tools/dashboard.ts'
import type { Tools } from '../tools/tools.ts'

export interface Plan {
  command: string
  args: readonly string[]
  environment: Record<string, string>
  format: LogFormat
  /** True when the part does its work; false or an error while it does not. */
  isReady(): Promise<boolean>
  /** How it is seen that a part that was ready has stopped answering; without it, only its end is seen. */
  liveness?: Liveness
  /** Whom it runs as, where not as we do. */
  account?: { uid: number; gid: number }
  /** Asks it to stop; SIGTERM where nothing is said. */
  stopSignal?: NodeJS.Signals
  /** What is due before each start. @param note for what a person should know */
  prepare?(note: (text: string) => void): Promise<void>
  /** Ends what its process left when it was killed. */
  sweep?(): void
}

export interface Liveness {
  /** True when it answers what it is for; false or an error where not. It gives up by itself. */
  answers(): Promise<boolean>
  /** A part that has not answered for so long is killed, and so started again. */
  silenceMs: number
}

/**
 * A part is killed for its silence only when it cannot be anything but stuck: on two cores that train a model and load a
 * replay, answers that take milliseconds took up to seconds. A minute is long for who waits, and every part survives a
 * kill.
 */
export const SILENCE_MS = 60_000
/** Of one question, of which several fit into the silence. */
export const QUESTION_MS = 8_000

export interface PlanInput {
  dataDir: string
  ports: Ports
  secrets: Secrets
  settings: Settings
  tools: Tools
  /** Those that run. */
  parts: readonly PartName[]
}

/**
 * What a process is told: of the variables that it reads those that the stack decides, and of the others those that a
 * person has set. What it can do without is left out when the part that it is about does not run.
 */
export function environmentOf(environment: TObject, input: PlanInput): Record<string, string> {
  const values = valuesOf(input)
  const absent = absentFrom(input)
  const variables = pick(Object.keys(environment.properties), (name) => {
    const schema = environment.properties[name]!
    if (absent.has(name) && isDispensable(environment, name, schema)) return undefined
    return (isWiring(schema) ? ONLY_HERE[name] : undefined) ?? values[name] ?? input.settings[name]
  })
  return { ...machineEnvironment(input.settings), ...variables }
}

/** Variables of the group that a person has set. */
export function givenOf(group: TObject, settings: Settings): Record<string, string> {
  return pick(Object.keys(group.properties), (name) => settings[name])
}

/** Natively everything listens on loopback, and is asked there. */
const ONLY_HERE: Record<string, string> = { BIND_HOST: '127.0.0.1', ALLOWED_HOSTS: '' }

/** Variables that the stack decides. */
function valuesOf({ dataDir, ports, secrets, tools, parts }: PlanInput): Record<string, string | undefined> {
  return {
    ...Object.assign({}, ...Object.values(accessTo(ports, secrets))),
    ...portValues(ports),
    STREAM_ENGINE: parts.includes('spark') ? 'spark' : 'node',
    WAREHOUSE_DATA_DIR: layout(dataDir).warehouse,
    WAREHOUSE_ANALYST_PASSWORD: secrets.analyst_password,
    DASHBOARD_DIR: DASHBOARD_BUILD,
    MODELS_PYTHON: tools.models,
    SPARK_PYTHON: tools.spark?.python,
    SPARK_JARS: tools.spark?.jars,
    SPARK_LOCAL_DIR: layout(dataDir).spark,
  }
}

function portValues(ports: Ports): Record<string, string> {
  return Object.fromEntries(
    PARTS.flatMap((name) =>
      Object.entries(partOf(name).ports).map(([port, variable]) => [variable, String(ports[name][port])]),
    ),
  )
}

/** Variables by which one would reach parts that do not run. */
function absentFrom({ parts }: PlanInput): Set<string> {
  return new Set(
    PARTS.filter((name) => !parts.includes(name)).flatMap((name) =>
      Object.keys(partOf(name).access.properties),
    ),
  )
}

function isDispensable(environment: TObject, name: string, schema: TSchema): boolean {
  return !environment.required?.includes(name) || defaultOf(schema) === ''
}

function isWiring(schema: TSchema): boolean {
  return (schema as { wiring?: true }).wiring === true
}

function pick(
  names: readonly string[],
  choose: (name: string) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = choose(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

export type OneShotPlan = Pick<Plan, 'command' | 'args' | 'environment' | 'format'>

/** A program of ours on Node. */
export function nodePlan(program: Program & { flags?: readonly string[] }, input: PlanInput): OneShotPlan {
  return {
    command: process.execPath,
    // kafkajs asks for a timer in the past now and then; Node 24 says so each time, and nothing follows from it.
    args: [
      '--disable-warning=TimeoutNegativeWarning',
      ...(program.flags ?? []),
      join(REPOSITORY, program.entry),
    ],
    environment: environmentOf(program.environment, input),
    format: 'pino',
  }
}

/** A configuration file of infra/ with its ${NAMES} filled in. */
export function filled(file: string, values: Record<string, string>): string {
  return readFileSync(join(REPOSITORY, 'infra', file), 'utf8').replace(
    /\$\{([A-Z0-9_]+)\}/g,
    (_, name: string) => {
      const value = values[name]
      if (value === undefined)
        throw new Error(`infra/${file} asks for \${${name}}, which platform/native does not give.`)
      return value
    },
  )
}
