/** The stack that runs on a data folder: where it is, and how to talk to it. */

import type { Ports } from '../machine/ports.ts'
import { defaultsOf } from '../parts/part.ts'
import { PARTS, type PartName, partOf } from '../parts/parts.ts'
import { type Identity, isAlive } from '../processes/identity.ts'
import { readJson } from './files.ts'
import { commandFor, layout } from './layout.ts'
import { readSecrets, type Secrets } from './secrets.ts'

/** stack.json: there from the moment when all parts are ready until the stop. */
export interface StackState extends Identity {
  started_at: string
  /** Parts that run, in the order of their start. */
  parts: PartName[]
  ports: Ports
  addresses: Partial<Record<PartName | 'console', string>>
}

/** @throws when no stack runs on the folder, with the command that starts one */
export function readStack(dataDir: string): StackState {
  const state = readJson(layout(dataDir).stack) as StackState | undefined
  if (state && isAlive(state)) return state
  throw new Error(
    `No stack runs on ${dataDir}. Start it with: ${commandFor('npm start', dataDir)} (wait until it says that it is up).`,
  )
}

/** Variables for a process that talks to the running stack with full rights. */
export function stackEnvironment(dataDir: string): Record<string, string> {
  const state = readStack(dataDir)
  const secrets = readSecrets(layout(dataDir).secrets)
  if (!secrets) {
    throw new Error(
      `${layout(dataDir).secrets} is missing. Stop the stack and start it again: it makes new ones.`,
    )
  }
  return clientEnvironment(state.parts, state.ports, secrets)
}

export function clientEnvironment(
  parts: readonly PartName[],
  ports: Ports,
  secrets: Secrets,
): Record<string, string> {
  const access = accessTo(ports, secrets)
  return Object.assign({}, ...parts.map((part) => access[part]))
}

/** Which secret a variable holds. */
const SECRETS: Record<string, keyof Secrets> = {
  S3_ACCESS_KEY: 's3_access_key',
  S3_SECRET_KEY: 's3_secret_key',
  CLICKHOUSE_PASSWORD: 'warehouse_password',
  OPERATIONAL_PASSWORD: 'operational_password',
  TWIN_TOKEN: 'twin_token',
  ERP_SECRET: 'erp_secret',
}

/** By part, the variables that let a process talk to it. */
export function accessTo(ports: Ports, secrets: Secrets): Record<PartName, Record<string, string>> {
  const access = PARTS.map((name) => {
    const part = partOf(name)
    const at = Object.fromEntries(
      Object.entries(ports[name]).map(([port, number]) => [port, `127.0.0.1:${number}`]),
    )
    const credentials = Object.keys(part.access.properties).flatMap((variable) => {
      const secret = SECRETS[variable]
      return secret === undefined ? [] : [[variable, secrets[secret]]]
    })
    return [name, { ...defaultsOf(part.access), ...part.addresses(at), ...Object.fromEntries(credentials) }]
  })
  return Object.fromEntries(access)
}

/** Where people and programs on this machine go. */
export function addressesOf(
  parts: readonly PartName[],
  ports: Ports,
  secrets: Secrets,
): StackState['addresses'] {
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
