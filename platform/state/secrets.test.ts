import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureSecrets, readSecrets } from './secrets.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-secrets-'))
  path = join(folder, 'secrets.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('secrets are made once, and only their owner reads them', () => {
  const first = ensureSecrets(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(ensureSecrets(path)).toEqual(first)
  expect(readSecrets(path)).toEqual(first)
  expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length)
})

test('two folders share no secret', () => {
  const first = Object.values(ensureSecrets(path))
  const second = Object.values(ensureSecrets(join(folder, 'other.json')))
  expect(first.filter((secret) => second.includes(secret))).toEqual([])
})

test('a secret that an older file lacks is added, and the others stay', () => {
  const { console_password: _gone, ...older } = ensureSecrets(path)
  writeFileSync(path, JSON.stringify(older))
  const completed = ensureSecrets(path)
  expect(completed).toMatchObject(older)
  expect(completed.console_password).toMatch(/^[0-9a-f]{16}$/)
})

test('Kafka takes its cluster id as it is', () => {
  expect(ensureSecrets(path).kafka_cluster_id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
})
