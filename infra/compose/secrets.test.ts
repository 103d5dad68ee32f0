import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(import.meta.dirname, 'secrets.ts'), command], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, SECRETS_DIR: folder, ...environment },
  })
}
const file = (reader: string) => parseEnv(readFileSync(join(folder, reader, 'secrets.env'), 'utf8'))
const sha256 = (value: string | undefined) => createHash('sha256').update(value!).digest('hex')

test('the first start makes secrets, and each reader gets those that it needs', () => {
  expect(run('write').status).toBe(0)
  const services = file('services')
  for (const name of Object.keys(services).filter((each) => each !== 'S3_ACCESS_KEY')) {
    expect(services[name]).toMatch(/^[0-9a-f]{24}$/)
  }
  expect(file('lake')).toEqual({
    MINIO_ROOT_USER: services.S3_ACCESS_KEY,
    MINIO_ROOT_PASSWORD: services.S3_SECRET_KEY,
  })
  expect(file('postgres')).toEqual({
    POSTGRES_PASSWORD: expect.stringMatching(/^[0-9a-f]{24}$/),
    OPERATIONAL_PASSWORD: services.OPERATIONAL_PASSWORD,
    ICEBERG_JDBC_PASSWORD: services.ICEBERG_JDBC_PASSWORD,
  })
  expect(file('warehouse')).toEqual({
    LAKE_ACCESS_KEY: services.S3_ACCESS_KEY,
    LAKE_SECRET_KEY: services.S3_SECRET_KEY,
    WAREHOUSE_PASSWORD_SHA256: sha256(services.CLICKHOUSE_PASSWORD),
    WAREHOUSE_ANALYST_PASSWORD_SHA256: sha256(services.WAREHOUSE_ANALYST_PASSWORD),
  })
})

test('the next start keeps them, and one from .env takes the place of its own only', () => {
  run('write')
  const before = file('services')
  run('write')
  expect(file('services')).toEqual(before)
  run('write', { WAREHOUSE_ANALYST_PASSWORD: 'chosen-by-a-person', CLICKHOUSE_PASSWORD: '' })
  expect(file('services')).toEqual({ ...before, WAREHOUSE_ANALYST_PASSWORD: 'chosen-by-a-person' })
  expect(file('warehouse').WAREHOUSE_ANALYST_PASSWORD_SHA256).toBe(sha256('chosen-by-a-person'))
})

test('a secret that would need quotes is refused by name, and nothing is written', () => {
  const { status, stderr } = run('write', { S3_SECRET_KEY: 'with a $pace' })
  expect(status).toBe(1)
  expect(stderr).toContain('S3_SECRET_KEY')
  expect(() => file('services')).toThrow()
})

test('show prints the sign-ins, or how to get them', () => {
  expect(run('show').stderr).toContain('docker compose up')
  run('write')
  const services = file('services')
  const { stdout } = run('show')
  expect(stdout).toContain(services.S3_SECRET_KEY)
  expect(stdout).toContain(services.CLICKHOUSE_PASSWORD)
  expect(stdout).toContain(services.WAREHOUSE_ANALYST_PASSWORD)
})
