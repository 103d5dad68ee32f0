/** Passwords and keys of one data folder: made at its first start, kept beside the data, never in the repository. */
import { randomBytes } from 'node:crypto'
import { readJson, writeJson } from './files.ts'

const MAKERS = {
  warehouse_password: () => hex(16),
  analyst_password: () => hex(8),
  operational_password: () => hex(16),
  s3_access_key: () => `SC${hex(8).toUpperCase()}`,
  s3_secret_key: () => hex(20),
  console_password: () => hex(8),
  console_path: () => hex(8),
  twin_token: () => hex(16),
  erp_secret: () => hex(24),
  jwt_volume_write: () => hex(32),
  jwt_volume_read: () => hex(32),
  jwt_filer_write: () => hex(32),
  jwt_filer_read: () => hex(32),
  kafka_cluster_id: clusterId,
} as const satisfies Record<string, () => string>

export type Secrets = Record<keyof typeof MAKERS, string>

/** The secrets of the folder, or undefined when it has none yet. */
export function readSecrets(path: string): Secrets | undefined {
  return readJson(path) as Secrets | undefined
}

/** The secrets of the folder; those that are missing are made and written. */
export function ensureSecrets(path: string): Secrets {
  const present: Partial<Secrets> = readSecrets(path) ?? {}
  const names = Object.keys(MAKERS) as (keyof Secrets)[]
  const complete = Object.fromEntries(names.map((name) => [name, present[name] ?? MAKERS[name]()])) as Secrets
  if (names.some((name) => present[name] === undefined)) writeJson(path, complete)
  return complete
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** Kafka's own spelling of a UUID: base64url of 16 bytes. A leading dash would read as an option. */
function clusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
