/** When jobs are asked for, and what is said of how they ended. */
import type { Run } from '@shelfcast/contracts/runs'
import type { Runs } from '@shelfcast/operational/runs'
import type { Logger } from '@shelfcast/runtime/log'
import { Registry } from 'prom-client'
import { afterEach, expect, test, vi } from 'vitest'
import { type CronClock, startCron, type Turn } from './cron.ts'
import { createOutcomes } from './outcomes.ts'

const MINUTE_MS = 60_000

let cron: CronClock | undefined
afterEach(() => {
  cron?.stop()
  vi.useRealTimers()
})

/** Starts at 12:30 UTC of a day without real time. */
function start(
  turns: readonly Turn[],
  request = vi.fn(async (_: Parameters<Runs['request']>[0]) => answer()),
) {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T12:30:00Z') })
  const lines: string[] = []
  const record = (level: string) => (first: unknown, second?: string) =>
    void lines.push(`${level}: ${second ?? String(first)}`)
  const log = { info: record('info'), warn: record('warn'), debug: () => undefined } as unknown as Logger
  cron = startCron({ turns, runs: { request } as unknown as Runs, log })
  const registry = new Registry()
  return {
    lines,
    registry,
    request,
    outcomes: createOutcomes({ registry, log, nextTurn: cron.nextTurn }),
  }
}
const runOf = (overrides: Partial<Run>) =>
  ({ id: 7, job: 'fetch-weather', state: 'succeeded', result: null, error: null, ...overrides }) as Run
const answer = (state: Run['state'] = 'queued') => ({ run: runOf({ state }), joined: state === 'running' })
const HOURLY: Turn = { job: 'fetch-weather', cron: '0 * * * *', why: 'The models run each hour' }

test('a run is asked for on the hours of UTC, with why, and by a key that all who keep the schedule share', async () => {
  const { request } = start([
    HOURLY,
    { ...HOURLY, job: 'train', parameters: { model: 'anomaly' }, cron: '30 13 * * *' },
  ])
  await vi.advanceTimersByTimeAsync(65 * MINUTE_MS)
  expect(request.mock.calls.map(([order]) => order)).toEqual([
    {
      job: 'fetch-weather',
      parameters: {},
      requested_by: 'schedule',
      reason: 'The models run each hour',
      key: 'schedule 2026-11-21T13:00 fetch-weather {}',
      joinsRunning: true,
    },
    expect.objectContaining({
      job: 'train',
      parameters: { model: 'anomaly' },
      key: 'schedule 2026-11-21T13:30 train {"model":"anomaly"}',
    }),
  ])
})

test('a run that lasts leaves out the turns of its job; a store that is away is a warning once', async () => {
  const { lines, request } = start([HOURLY])
  request.mockResolvedValueOnce(answer('running'))
  await vi.advanceTimersByTimeAsync(40 * MINUTE_MS)
  expect(lines).toEqual(['info: fetch-weather is still running; this turn is left out'])
  request.mockRejectedValue(new Error('The operational store is away.'))
  await vi.advanceTimersByTimeAsync(180 * MINUTE_MS)
  expect(lines.filter((line) => line.startsWith('warn:'))).toEqual([
    'warn: fetch-weather could not be asked for: The operational store is away.',
  ])
})

test('what could not be had is a warning once, with when it is tried again', async () => {
  const { lines, outcomes } = start([HOURLY])
  const offline = runOf({
    result: { figures: {}, shortfalls: ["no internet; the twin's own weather serves."] },
  })
  for (const _ of [1, 2, 3]) {
    outcomes.tell(offline, 1)
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS)
  }
  const text = "fetch-weather: no internet; the twin's own weather serves. Tried again at"
  expect(lines.filter((line) => line.includes('no internet'))).toEqual([
    `warn: ${text} 13:00 UTC.`,
    `info: ${text} 14:00 UTC.`,
    `info: ${text} 15:00 UTC.`,
  ])
  // It was there again for an hour: the next time without it is news.
  outcomes.tell(runOf({ result: { figures: {}, shortfalls: [] } }), 1)
  outcomes.tell(offline, 1)
  expect(lines.filter((line) => line.startsWith('warn:'))).toHaveLength(2)
})

test('metrics tell the outcomes; a run that was left to another has none', async () => {
  const { lines, registry, outcomes } = start([{ ...HOURLY, job: 'score' }])
  outcomes.tell(runOf({ job: 'score', state: 'failed', error: 'The bucket "raw" is not there' }), 2)
  outcomes.tell(runOf({ result: { figures: { places: 8 }, shortfalls: [] } }), 3)
  outcomes.tell(runOf({ job: 'compact', state: 'cancelled', error: 'Cancelled.' }), 4)
  outcomes.tell(runOf({ job: 'train', state: 'queued' }), 5)
  expect(lines).toContain('warn: score: The bucket "raw" is not there. Tried again at 13:00 UTC.')
  const metrics = await registry.metrics()
  expect(metrics).toContain('jobs_runs_total{job="score",outcome="failed"} 1')
  expect(metrics).toContain('jobs_runs_total{job="fetch-weather",outcome="done"} 1')
  expect(metrics).toContain('jobs_runs_total{job="compact",outcome="cancelled"} 1')
  expect(metrics).toContain('jobs_last_figure{job="fetch-weather",figure="places"} 8')
  expect(metrics).not.toContain('train')
})
