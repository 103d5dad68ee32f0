import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@shelfcast/runtime/log'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobContext } from '../engine/job.ts'
import { compact } from './compact.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-compact-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Node in the place of Python. */
function jobOf(script: string, environment: NodeJS.ProcessEnv = { SPARK_PYTHON: process.execPath }) {
  const file = join(folder, 'script.mjs')
  writeFileSync(file, script)
  return compact({ PATH: process.env.PATH, ...environment }, file)
}
const context = (signal = new AbortController().signal) =>
  ({ log: createLog('test', 'silent'), signal }) as JobContext

test('its last line is its figures', async () => {
  const job = jobOf(`
    console.error('Setting default log level')
    console.log('{"blocks": 3, "seconds": 1.5}')`)
  expect(job.isAvailable?.()).toBe(true)
  expect(await job.run(context())).toEqual({ figures: { blocks: 3, seconds: 1.5 }, shortfalls: [] })
})

test('it fails with what the program said last', async () => {
  const job = jobOf(`console.error('The chain has a gap'); process.exit(3)`)
  await expect(job.run(context())).rejects.toThrow('The chain has a gap\ncompact_lake.py ended with 3')
})

test('an abort ends it', async () => {
  const stop = new AbortController()
  const run = jobOf('setInterval(() => undefined, 1_000)').run(context(stop.signal))
  stop.abort(new Error('stopped by SIGTERM'))
  await expect(run).rejects.toThrow('stopped by SIGTERM')
})

test('without Spark it is not scheduled, and by hand says what to do', async () => {
  const job = jobOf('', {})
  expect(job.isAvailable?.()).toBe(false)
  await expect(job.run(context())).rejects.toThrow('Run npm run jobs -- compact')
})
