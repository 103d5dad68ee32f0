import type { SparkJob } from '@shelfcast/contracts/spark-jobs'
import type { Lake } from '@shelfcast/runtime/lake'
import { expect, test } from 'vitest'
import { quiet } from '../../../test/api/fixture.ts'
import { createSparkJobs, stateOf } from './spark-jobs.ts'

const job = (overrides: Partial<SparkJob> = {}): SparkJob => ({
  job: 'compact',
  state: 'running',
  started_at: '2026-03-01T00:00:00.000Z',
  updated_at: '2026-03-01T00:00:10.000Z',
  step: 'merging files of 3 days',
  done: 1,
  total: 3,
  metrics: { rows: 1_200, rows_per_s: 400 },
  ...overrides,
})

/** A lake that holds these objects, and remembers which were read. */
function lakeOf(objects: Map<string, { etag: string; body: string }>) {
  const reads: string[] = []
  const lake = {
    async *list() {
      for (const [name, { etag, body }] of objects) yield { name, etag, size: body.length }
    },
    async read(_zone: string, name: string) {
      reads.push(name)
      return Buffer.from(objects.get(name)!.body)
    },
  } as unknown as Lake
  return { lake, reads }
}

test('what jobs tell is read once until it changes, and goes with its object', async () => {
  const objects = new Map([['jobs/compact.json', { etag: 'a', body: JSON.stringify(job()) }]])
  const { lake, reads } = lakeOf(objects)
  const read = createSparkJobs(lake, quiet)

  expect(await read()).toEqual([job()])
  expect(await read()).toEqual([job()])
  expect(reads).toHaveLength(1)

  objects.set('jobs/compact.json', { etag: 'b', body: JSON.stringify(job({ state: 'done' })) })
  expect(await read()).toEqual([job({ state: 'done' })])
  objects.clear()
  expect(await read()).toEqual([])
})

test('an object that is none of theirs is left out', async () => {
  const objects = new Map([
    ['jobs/a.json', { etag: 'a', body: '{"job":"a"}' }],
    ['jobs/b.json', { etag: 'b', body: 'no json' }],
    ['jobs/c.json', { etag: 'c', body: JSON.stringify(job({ job: 'c' })) }],
  ])
  expect(await createSparkJobs(lakeOf(objects).lake, quiet)()).toEqual([job({ job: 'c' })])
})

test.each([
  ['running', 19, 'running'],
  ['running', 21, 'silent'],
  ['done', 10_000, 'done'],
  ['failed', 10_000, 'failed'],
] as const)('a job that is %s and wrote %i s ago is %s', (state, seconds, expected) => {
  const written = job({ state })
  expect(stateOf(written, Date.parse(written.updated_at) + 1_000 * seconds)).toBe(expected)
})
