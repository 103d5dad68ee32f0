import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BACKGROUND_NICE } from '@shelfcast/contracts/background'
import { BACKGROUND_THREADS } from '@shelfcast/runtime/background'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TELLING, type Told } from '../../../test/runtime/priority.ts'
import { trainModel } from './training.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-training-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program in the place of Python, which says something and fails. */
function train(statements: string) {
  const file = join(folder, 'python.mjs')
  writeFileSync(file, `#!${process.execPath}\n${statements}`, { mode: 0o755 })
  return trainModel({
    environment: { PATH: process.env.PATH, MODELS_PYTHON: file },
    model: 'demand',
    out: join(folder, 'bundle'),
    flags: [],
    signal: new AbortController().signal,
    onStep: () => undefined,
  })
}

test('a training yields to others: its priority is lower, and its threads are bounded', async () => {
  const failure: Error = await train(
    `${TELLING.replace('console.log', 'console.error')}; process.exit(3)`,
  ).then(
    () => expect.fail('it has left no bundle'),
    (error) => error,
  )
  const [, told] = /ended with code 3: (.*)$/.exec(failure.message)!
  expect(JSON.parse(told!) as Told).toMatchObject({
    nice: BACKGROUND_NICE,
    OMP_NUM_THREADS: String(BACKGROUND_THREADS),
    POLARS_MAX_THREADS: String(BACKGROUND_THREADS),
  })
})
