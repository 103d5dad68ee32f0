/** When jobs run, and what is said of them. */
import { Registry } from 'prom-client'
import { afterEach, expect, test, vi } from 'vitest'
import { contextOf, memoryLake } from '../../test/jobs/sources.ts'
import type { Job, JobResult } from './engine/job.ts'
import { type Schedule, startSchedule } from './schedule.ts'

let schedule: Schedule | undefined
afterEach(async () => {
  await schedule?.stop()
  schedule = undefined
  vi.useRealTimers()
})

const DONE: JobResult = { figures: {}, shortfalls: [] }
const job = (given: Partial<Job>): Job => ({
  name: 'fetch-weather',
  does: '',
  schedule: '0 * * * *',
  runsAtStart: true,
  run: async () => DONE,
  ...given,
})

/** Starts at 12:30 UTC of a day without real time. */
function start(jobs: Job[]) {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T12:30:00Z') })
  const said: string[] = []
  const record = (level: string) => (first: unknown, second?: string) =>
    void said.push(`${level}: ${second ?? String(first)}`)
  const log = { info: record('info'), warn: record('warn'), debug: () => undefined }
  const registry = new Registry()
  const { lake, connectors, now } = contextOf(memoryLake(), {})
  schedule = startSchedule({
    jobs,
    context: { lake, connectors, now },
    log: log as unknown as Parameters<typeof startSchedule>[0]['log'],
    registry,
    firstRunAfterMs: 10_000,
  })
  return { said, registry }
}
const MINUTE_MS = 60_000

test('a job runs soon after the start where it wants to, and on the hours of UTC', async () => {
  const weather = vi.fn(async () => DONE)
  const later = vi.fn(async () => DONE)
  start([job({ run: weather }), job({ name: 'score', runsAtStart: false, run: later })])
  await vi.advanceTimersByTimeAsync(MINUTE_MS)
  expect([weather.mock.calls.length, later.mock.calls.length]).toEqual([1, 0])
  await vi.advanceTimersByTimeAsync(90 * MINUTE_MS)
  expect([weather.mock.calls.length, later.mock.calls.length]).toEqual([3, 2])
})

test('a run that lasts leaves out the turns of its job, and of no other', async () => {
  const ending = Promise.withResolvers<JobResult>()
  const lasting = vi.fn(() => ending.promise)
  const other = vi.fn(async () => DONE)
  const { said } = start([job({ run: lasting }), job({ name: 'score', run: other })])
  await vi.advanceTimersByTimeAsync(100 * MINUTE_MS)
  expect(lasting).toHaveBeenCalledOnce()
  expect(other).toHaveBeenCalledTimes(2)
  expect(said).toContain('info: fetch-weather is still running; this turn is left out')
  ending.resolve(DONE)
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS)
  expect(lasting).toHaveBeenCalledTimes(2)
})

test('what could not be had is a warning once, with when it is tried again', async () => {
  const offline = { figures: {}, shortfalls: ["no internet; the twin's own weather serves."] }
  const run = vi.fn(async () => offline as JobResult)
  const { said } = start([job({ run })])
  await vi.advanceTimersByTimeAsync(200 * MINUTE_MS)
  const text = "fetch-weather: no internet; the twin's own weather serves. Tried again at"
  expect(said.filter((line) => line.includes('no internet'))).toEqual([
    `warn: ${text} 13:00 UTC.`,
    `info: ${text} 14:00 UTC.`,
    `info: ${text} 15:00 UTC.`,
    `info: ${text} 16:00 UTC.`,
  ])
  // It was there again for an hour: the next time without it is news.
  run.mockResolvedValueOnce(DONE)
  await vi.advanceTimersByTimeAsync(120 * MINUTE_MS)
  expect(said.filter((line) => line.startsWith('warn:'))).toHaveLength(2)
})

test('a job that fails stops neither itself nor another, and metrics tell the outcomes', async () => {
  const failing = vi.fn(async (): Promise<JobResult> => {
    throw new Error('The bucket "raw" is not there')
  })
  const { said, registry } = start([
    job({ name: 'score', run: failing }),
    job({ run: async () => ({ figures: { places: 8 }, shortfalls: [] }) }),
  ])
  await vi.advanceTimersByTimeAsync(40 * MINUTE_MS)
  expect(failing).toHaveBeenCalledTimes(2)
  expect(said).toContain('warn: score: The bucket "raw" is not there. Tried again at 13:00 UTC.')
  const metrics = await registry.metrics()
  expect(metrics).toContain('jobs_runs_total{job="score",outcome="failed"} 2')
  expect(metrics).toContain('jobs_runs_total{job="fetch-weather",outcome="done"} 2')
  expect(metrics).toContain('jobs_last_figure{job="fetch-weather",figure="places"} 8')
})

test('a stop ends the run that is under way, says nothing, and starts no more', async () => {
  const run = vi.fn(
    ({ signal }: { signal: AbortSignal }) =>
      new Promise<JobResult>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  const { said } = start([job({ run })])
  await vi.advanceTimersByTimeAsync(MINUTE_MS)
  await schedule!.stop()
  await vi.advanceTimersByTimeAsync(100 * MINUTE_MS)
  expect(run).toHaveBeenCalledOnce()
  expect(said).toEqual([])
})
