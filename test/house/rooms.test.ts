/** A room is entered by its package: biome.json says which may enter which, and here no path leads around that. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const FILES = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs'],
  {
    cwd: ROOT,
    encoding: 'utf8',
  },
)
  .trim()
  .split('\n')

/** Rooms that are no packages reach each other by path. */
const isPackage = (room: string) => existsSync(join(ROOT, room, 'package.json'))

/** Where a file stands: services/ingest, datagen, or `.` at the top. */
function roomOf(file: string): string {
  const [first = '.', second = ''] = file.split('/')
  if (first === 'services' || first === 'dashboards') return `${first}/${second}`
  return file.includes('/') ? first : '.'
}

/** @returns the paths by which the file leaves its room */
function waysOut(file: string, text: string): string[] {
  const room = roomOf(file)
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => {
      if (!specifier.startsWith('.')) return false
      const other = roomOf(join(dirname(file), specifier))
      if (other === room || other === '.') return false
      if (!isPackage(room) && !isPackage(other)) return false
      return !(other === 'test' && file.endsWith('.test.ts'))
    })
}

test('no file reaches into another room by path', () => {
  const ways = FILES.flatMap((file) =>
    waysOut(file, readFileSync(join(ROOT, file), 'utf8')).map((specifier) => `${file}: ${specifier}`),
  )
  expect(ways).toEqual([])
})

test('a path into another room is seen, however it is written', () => {
  const text = `
    import type { Lake } from '../runtime/lake.ts'
    export { sum } from '../../test/stack/dirt.ts'
    // import { log } from '../runtime/log.ts'
    const away = await import('../../datagen/send.ts')
    import { STEPS } from './metrics.ts'
    import { createLog } from '@shelfcast/runtime/log'`
  expect(waysOut('services/ingest/main.ts', text)).toEqual([
    '../runtime/lake.ts',
    '../../test/stack/dirt.ts',
    '../../datagen/send.ts',
  ])
  expect(waysOut('services/ingest/main.test.ts', text)).not.toContain('../../test/stack/dirt.ts')
  expect(waysOut('bench/ingest/ingest.ts', "import { sum } from '../../test/stack/dirt.ts'")).toEqual([])
})
