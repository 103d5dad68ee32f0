import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BACKGROUND_NICE } from '@shelfcast/contracts/background'
import { BACKGROUND_THREADS } from '@shelfcast/runtime/background'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contextOf } from '../../../test/jobs/context.ts'
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
const context = (signal = new AbortController().signal) => contextOf('compact', {}, { signal })

test('its last line is its figures', async () => {
  const job = jobOf(`
    console.error('Setting default log level')
    console.log('{"blocks": 3, "seconds": 1.5}')`)
  expect(job.missing?.()).toBeUndefined()
  expect(await job.run(context())).toEqual({ figures: { blocks: 3, seconds: 1.5 }, shortfalls: [] })
})

test('it yields to others: its priority is lower, and its threads are bounded', async () => {
  const job = jobOf(`
    import { getPriority } from 'node:os'
    const { OMP_NUM_THREADS, SPARK_MASTER } = process.env
    const [tasks] = /\\d+/.exec(SPARK_MASTER)
    console.log(JSON.stringify({ nice: getPriority(), threads: Number(OMP_NUM_THREADS), tasks: Number(tasks) }))`)
  const { figures } = await job.run(context())
  expect(figures).toMatchObject({ nice: BACKGROUND_NICE, threads: BACKGROUND_THREADS })
  expect(figures.tasks).toBeLessThanOrEqual(BACKGROUND_THREADS)
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

test('without Spark it says what to do', () => {
  expect(jobOf('', {}).missing?.()).toContain('Run npm run jobs -- compact')
})
