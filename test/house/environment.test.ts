/** What is written from platform/parts is as the parts have it, and each setting stands in one place. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OURS } from '@shelfcast/platform/generate/compose'
import { generatedFiles } from '@shelfcast/platform/generate/files'
import { defaultOf, type Program } from '@shelfcast/platform/parts/part'
import { ONE_SHOTS, oneShotOf, PARTS, partOf } from '@shelfcast/platform/parts/parts'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'

const text = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8')

const lines = [...text('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)]
const documented = new Map(lines.map(([, name, value]) => [name!, value!]))
const programs: (Program & { needs?: readonly string[] })[] = [
  ...PARTS.map(partOf),
  ...ONE_SHOTS.map(oneShotOf),
  ...OURS,
]

test.each(Object.entries(generatedFiles()))('%s is as npm run generate writes it', (path, expected) => {
  expect(text(path), `${path} is not as platform/parts has it. Run: npm run generate`).toBe(expected)
})

test('each variable stands in .env.example once', () => {
  expect(lines.map(([, name]) => name).sort()).toEqual([...documented.keys()].sort())
})

test('a copied .env.example changes nothing: each variable is commented out', () => {
  expect(text('.env.example')).not.toMatch(/^[^#\n]/m)
})

test('what a process reads is in .env.example, with the default that it has', () => {
  for (const { entry, environment } of programs) {
    for (const [name, schema] of Object.entries(environment.properties)) {
      expect.soft([...documented.keys()], `${entry} reads ${name}`).toContain(name)
      // To a Spark job the lake of nobody is that of AWS.
      if (name === 'S3_ENDPOINT') continue
      const value = defaultOf(schema)
      if (value) expect.soft(documented.get(name), `${entry} reads ${name}`).toBe(value)
    }
  }
})

test('docker-compose.yml falls back to the same defaults, also where a person wrote it', () => {
  for (const [, name, value] of text('docker-compose.yml').matchAll(/\$\{([A-Z][A-Z0-9_]*):?-([^}]*)\}/g)) {
    // Natively twin and jobs are known by their addresses; in compose they have one.
    if (['TWIN_URL', 'INFERENCE_URL', 'JOBS_URL'].includes(name!)) continue
    expect.soft(value, name).toBe(documented.get(name!))
  }
})

test('what a part is made of and what it needs is there', () => {
  const names: readonly string[] = [...PARTS, ...ONE_SHOTS]
  for (const { entry, needs = [] } of programs) {
    expect.soft(existsSync(join(REPOSITORY, entry)), entry).toBe(true)
    for (const need of needs) expect.soft(names, entry).toContain(need)
  }
})
