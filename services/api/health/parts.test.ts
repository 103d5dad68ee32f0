import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import components from '../../../components.json' with { type: 'json' }
import { absentWarehouse, NOWHERE, quiet } from '../../../test/api/fixture.ts'
import { createParts } from './parts.ts'
import { createProbes } from './probes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a part that hangs is told within a second and is not asked again until it has answered', async () => {
  const hanging = Promise.withResolvers<void>()
  const probe = vi.fn(() => hanging.promise)
  const parts = createParts({ lake: probe, api: async () => {} }, quiet)
  const first = parts()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await first).toMatchObject([
    { name: 'lake', title: 'Object store', healthy: false, detail: 'no answer within 1 s' },
    { name: 'api', healthy: true, detail: '' },
  ])

  await vi.advanceTimersByTimeAsync(2_000)
  await parts()
  expect(probe).toHaveBeenCalledOnce()

  hanging.resolve()
  probe.mockResolvedValue()
  await vi.advanceTimersByTimeAsync(2_000)
  expect((await parts())[0]).toMatchObject({ healthy: true })
})

test('what was just asked is not asked again', async () => {
  const probe = vi.fn(async () => {})
  const parts = createParts({ lake: probe }, quiet)
  await Promise.all([parts(), parts()])
  await parts()
  expect(probe).toHaveBeenCalledOnce()
})

test('every part of components.json has a probe, and twin and jobs only where there are any', () => {
  const options = {
    broker: { ranges: async () => new Map(), close: async () => {} },
    lake: {} as Parameters<typeof createProbes>[0]['lake'],
    warehouse: absentWarehouse(),
    operational: {} as Parameters<typeof createProbes>[0]['operational'],
    ingestUrl: NOWHERE,
  }
  const names = components.components.map(({ name }) => name).toSorted()
  expect(
    Object.keys(
      createProbes({
        ...options,
        twinUrl: NOWHERE,
        inferenceUrl: NOWHERE,
        jobsUrl: NOWHERE,
        sparkUrl: NOWHERE,
      }),
    ).toSorted(),
  ).toEqual(names)
  const without = Object.keys(
    createProbes({ ...options, twinUrl: '', inferenceUrl: '', jobsUrl: '', sparkUrl: '' }),
  )
  expect(without.toSorted()).toEqual(
    names.filter((name) => !['twin', 'inference', 'jobs', 'spark'].includes(name)),
  )
})
