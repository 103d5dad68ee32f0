/** .env.example is held to the code: each variable that is read stands there once, with the default that it has. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { INGEST_GROUP } from '@shelfcast/contracts/topics'
import { component, PARTS } from '@shelfcast/platform/components'
import { portVariable } from '@shelfcast/platform/machine/ports'
import { expect, test } from 'vitest'
import { declaredIn, GROUPS, readBySparkJobs } from './variables.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const lines = [...text('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)]
const documented = new Map(lines.map(([, name, value]) => [name!, value!]))

const sources = ['services', 'datagen', 'platform', 'bench', 'scripts', 'infra'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs)$/.test(path) && !/\.test\.ts$|node_modules/.test(path))
    .map((path) => text(join(room, path))),
)
const readByJobs = readBySparkJobs()
/** What the operating system, npm and Node set; not ours to document. */
const FOREIGN = ['PATH', 'PYTHONPATH', 'INIT_CWD', 'JAVA_HOME', 'UV_THREADPOOL_SIZE']
const readDirectly = sources
  .flatMap((source) => [...source.matchAll(/process\.env\.([A-Z][A-Z0-9_]+)/g)].map((match) => match[1]!))
  .filter((name) => !FOREIGN.includes(name))
const ports = new Map(
  PARTS.flatMap((part) =>
    Object.entries(component(part).ports).map(([name, port]) => [portVariable(part, name), String(port)]),
  ),
)
const interpolated = [...text('docker-compose.yml').matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(
  (match) => match[1]!,
)

test('each variable stands in .env.example once', () => {
  expect(lines.map(([, name]) => name).sort()).toEqual([...documented.keys()].sort())
})

test('each variable that is read is in .env.example, and none that is not', () => {
  const read = new Set([
    ...sources.flatMap(declaredIn),
    ...readDirectly,
    ...readByJobs.map(({ name }) => name),
    ...ports.keys(),
    ...interpolated,
  ])
  expect([...documented.keys()].sort()).toEqual([...read].sort())
})

test('a copied .env.example changes nothing: each variable is commented out', () => {
  expect(text('.env.example')).not.toMatch(/^[^#\n]/m)
})

test('defaults are those of the code', () => {
  for (const [name, port] of ports) expect.soft(documented.get(name), name).toBe(port)
  for (const group of Object.values(GROUPS)) {
    for (const [name, schema] of Object.entries(group.properties)) {
      const value = 'default' in schema ? String(schema.default) : ''
      expect.soft(documented.get(name), name).toBe(value)
    }
  }
  for (const { name, value } of readByJobs) {
    // Natively the lake is told to everybody; without an endpoint it is AWS.
    // How long things are kept stands in a file of its own.
    if (name === 'S3_ENDPOINT' || name.startsWith('RETENTION_')) continue
    expect.soft(documented.get(name), name).toBe(value)
  }
  for (const source of sources) {
    for (const [, name, value] of source.matchAll(
      /^\s+([A-Z][A-Z0-9_]+): (?:port\(|Type\.[A-Za-z]+\(\{[^}]*?default: )'?([^',)\s}]*)/gm,
    )) {
      if (name === 'DASHBOARD_DIR') continue // relative to the file in the code, to the repository here
      const expected = value === 'INGEST_GROUP' ? INGEST_GROUP : value!.replaceAll(/(?<=\d)_(?=\d)/g, '')
      expect.soft(documented.get(name!), name).toBe(expected)
    }
  }
})

test('docker-compose.yml falls back to the same defaults', () => {
  for (const [, name, value] of text('docker-compose.yml').matchAll(/\$\{([A-Z][A-Z0-9_]*):?-([^}]*)\}/g)) {
    // Natively twin and jobs are known by their addresses; in compose they have one.
    if (['TWIN_URL', 'INFERENCE_URL', 'JOBS_URL'].includes(name!)) continue
    expect.soft(value, name).toBe(documented.get(name!))
  }
})
