/**
 * Secrets of the compose stack, so that `docker compose up` needs no step before it and no password is in the
 * repository. `write` makes those that are neither in .env nor made already, and hands each reader a file of its own,
 * in a volume that only this reader mounts. `show` prints the sign-ins.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { GivenSecrets, secrets } from '@shelfcast/platform/parts/secrets'
import { readEnvironment } from '@shelfcast/runtime/environment'

const environment = readEnvironment(secrets.environment)
const NAMES = Object.keys(GivenSecrets.properties) as (keyof typeof GivenSecrets.properties)[]
type Secrets = Record<(typeof NAMES)[number], string>

type Reader = 'lake' | 'warehouse' | 'postgres' | 'services'
const fileOf = (reader: Reader) => join(environment.SECRETS_DIR, reader, 'secrets.env')

function made(): Partial<Secrets> {
  return existsSync(fileOf('services')) ? parseEnv(readFileSync(fileOf('services'), 'utf8')) : {}
}

/** Whole or not at all: a file cut short by a crash would be taken as the secrets from then on. */
function writeSecrets(reader: Reader, values: Record<string, string>): void {
  const file = fileOf(reader)
  mkdirSync(join(environment.SECRETS_DIR, reader), { recursive: true })
  const text = Object.entries(values).map(([name, value]) => `${name}=${value}\n`)
  // The readers run as users of their own; who may read is decided by who mounts the volume.
  writeFileSync(`${file}.new`, text.join(''), { mode: 0o444 })
  renameSync(`${file}.new`, file)
}

function write(): void {
  const before = made()
  const values = Object.fromEntries(
    NAMES.map((name) => [
      name,
      environment[name] ??
        before[name] ??
        (name === 'S3_ACCESS_KEY' ? 'shelfcast' : randomBytes(12).toString('hex')),
    ]),
  ) as Secrets
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

  writeSecrets('lake', {
    MINIO_ROOT_USER: values.S3_ACCESS_KEY,
    MINIO_ROOT_PASSWORD: values.S3_SECRET_KEY,
  })
  writeSecrets('warehouse', {
    LAKE_ACCESS_KEY: values.S3_ACCESS_KEY,
    LAKE_SECRET_KEY: values.S3_SECRET_KEY,
    WAREHOUSE_PASSWORD_SHA256: sha256(values.CLICKHOUSE_PASSWORD),
    WAREHOUSE_ANALYST_PASSWORD_SHA256: sha256(values.WAREHOUSE_ANALYST_PASSWORD),
  })
  writeSecrets('postgres', {
    // Of the superuser, which nobody signs in as: it is asked for when the folder is made, and never again.
    POSTGRES_PASSWORD: randomBytes(12).toString('hex'),
    OPERATIONAL_PASSWORD: values.OPERATIONAL_PASSWORD,
    ICEBERG_JDBC_PASSWORD: values.ICEBERG_JDBC_PASSWORD,
  })
  // Last, because it is what the next run goes by.
  writeSecrets('services', values)
  console.log('Sign-ins: docker compose run --rm secrets show')
}

function show(): void {
  const values = made()
  if (values.S3_ACCESS_KEY === undefined) {
    throw new Error('The stack has no secrets yet. Start it first: docker compose up')
  }
  console.log(`Object store   user ${values.S3_ACCESS_KEY}   password ${values.S3_SECRET_KEY}`)
  console.log(`ClickHouse     user analyst     password ${values.WAREHOUSE_ANALYST_PASSWORD}   (reads)`)
  console.log(`ClickHouse     user shelfcast   password ${values.CLICKHOUSE_PASSWORD}   (full rights)`)
}

const command = process.argv[2]
if (command === 'write') write()
else if (command === 'show') show()
else throw new Error(`Command "${command ?? ''}" is not known. Use write or show.`)
