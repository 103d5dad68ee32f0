/** Who answers: whatever goes away, fails, is on trial or takes over, every series has a forecast. */
import type { SeriesForecast, WhatIfAnswer } from '@shelfcast/contracts/inference'
import { expect, test } from 'vitest'
import { openApp, SERIES, start } from '../../../test/inference/app.ts'
import { fakeRegistry, featureBuild, featureRows } from '../../../test/inference/fixture.ts'
import { answerable, forecastSeries } from './answers.ts'

test('a registry that is away at the start leaves the baseline, a warehouse that is away leaves nothing', async () => {
  const { models, features, state } = fakeRegistry('v1')
  const { champion } = models
  const away = async () => {
    throw new Error('connection refused')
  }
  const { app, follower } = openApp({ models, features })
  const ask = async () => {
    await follower.refresh(false).catch(() => undefined)
    const response = await app.inject({ url: SERIES, headers: { host: 'localhost' } })
    return { status: response.statusCode, answer: response.json<SeriesForecast & { message: string }>() }
  }
  features.newest = away
  expect(await ask()).toMatchObject({
    status: 503,
    answer: { error: 'not_ready', message: expect.stringContaining('connection refused') },
  })
  const refresh = await app.inject({
    url: '/refresh',
    method: 'POST',
    payload: {},
    headers: { host: 'localhost' },
  })
  expect([refresh.statusCode, refresh.json().error]).toEqual([503, 'not_refreshed'])

  features.newest = async () => state.features.build
  models.champion = away
  expect(await ask()).toMatchObject({
    status: 200,
    answer: {
      model_version: 'baseline:moving_average',
      served_because: expect.stringContaining('The registry does not answer: connection refused'),
    },
  })
  models.champion = champion
  expect((await ask()).answer.model_version).toBe('v1')
  // Once a champion serves, both may go away.
  models.champion = away
  features.newest = away
  expect((await ask()).answer.model_version).toBe('v1')
})

test('a model that fails at its work leaves the answer to the champion, then to the baseline', async () => {
  const { ask, state, follower } = await start('v1')
  state.experiment = { challenger: 'v2', mode: 'ab', share: 1 }
  await follower.refresh(false)
  const { champion, experiment } = follower.current()!
  const failing = async () => {
    throw new Error('head mean says NaN')
  }
  experiment!.challenger.bundle.run = failing
  expect((await ask<SeriesForecast>(SERIES)).answer.model_version).toBe('v1')
  champion!.bundle.run = failing
  const whatIf = { store_id: 'S1', changes: { rain_mm: 3 } }
  for (const { status, answer } of [
    await ask<SeriesForecast>(SERIES),
    await ask<WhatIfAnswer>('/v1/what-if', whatIf),
  ]) {
    expect(status).toBe(200)
    expect(answer.model_version).toBe('baseline:ses')
    expect((answer as SeriesForecast).served_because).toContain('head mean says NaN')
  }
})

test('a champion that is taken away while it answers answers to the end', async () => {
  const { state, follower } = await start('v1')
  const { bundle } = follower.current()!.champion!
  let released = false
  const { release } = bundle
  bundle.release = async () => {
    released = true
    await release()
  }
  const { promise: goOn, resolve } = Promise.withResolvers<void>()
  const answer = follower.use(async (serving) => {
    await goOn
    expect(released).toBe(false)
    return (await forecastSeries(answerable(serving, undefined), { store_id: 'S1', sku: 'A' })).model_version
  })
  state.champion = undefined
  await follower.refresh(false)
  resolve()
  expect(await answer).toBe('v1')
  await expect.poll(() => released).toBe(true)
})

test('a broken bundle lets the baseline serve with the reason, and is read again only after a while or when asked', async () => {
  const { ask, state, follower, clock } = await start('v1')
  state.broken.add('v2')
  state.champion = 'v2'
  await follower.refresh(false)
  const { answer } = await ask<SeriesForecast>(SERIES)
  expect(answer).toMatchObject({
    served_by: 'baseline',
    model_version: 'baseline:ses',
    baseline_name: 'ses',
    served_because: expect.stringMatching(
      /Model demand v2: .* has the digest .*Until then .*exponential smoothing/,
    ),
  })
  expect(answer.days[0]).toMatchObject({ mean: 4, p10: 2, p50: 4, p90: 7, base: null, reasons: null })
  expect((await ask('/v1/models/current')).answer).toMatchObject({
    champion: null,
    trouble: expect.stringContaining('v2'),
  })

  const reads = state.reads.length
  await follower.refresh(false)
  expect(state.reads).toHaveLength(reads)
  state.broken.clear()
  clock.now += 60_000
  await follower.refresh(false)
  expect((await ask<SeriesForecast>(SERIES)).answer.model_version).toBe('v2')
})

test('inputs that the features lack let the baseline serve', async () => {
  const { ask, state, follower } = await start('v1')
  const { inputs } = featureRows()
  inputs.delete('rain_expected')
  state.features = featureRows({ inputs, build: featureBuild({ origin: '2026-03-02' }) })
  await follower.refresh(false)
  expect((await ask<SeriesForecast>(SERIES)).answer).toMatchObject({
    served_by: 'baseline',
    origin: '2026-03-02',
    served_because: expect.stringContaining('rain_expected'),
  })
})

test('a registry that is away changes nothing', async () => {
  const { ask, models, follower } = await start('v1')
  models.champion = async () => {
    throw new Error('away')
  }
  await expect(follower.refresh(false)).rejects.toThrow('away')
  expect((await ask(SERIES)).status).toBe(200)
})

test('twenty champions take over under constant requests and none fails; each is let go when nobody uses it', async () => {
  const { ask, state, follower } = await start('v0')
  let isOver = false
  const versions = new Set<string>()
  const failures: unknown[] = []
  const user = async () => {
    while (!isOver) {
      const { status, answer } = await ask<SeriesForecast>(SERIES)
      if (status !== 200) failures.push(answer)
      versions.add(answer.model_version)
    }
  }
  const released: string[] = []
  const users = Promise.all([user(), user(), user()])
  for (let turn = 1; turn <= 20; turn++) {
    const { bundle } = follower.current()!.champion!
    const { release } = bundle
    bundle.release = async () => {
      released.push(bundle.manifest.version)
      await release()
    }
    state.champion = `v${turn}`
    await follower.refresh(false)
  }
  await expect.poll(() => versions.has('v20')).toBe(true)
  isOver = true
  await users
  expect(failures).toEqual([])
  expect(versions.size).toBeGreaterThan(5)
  expect(follower.swaps()).toBe(20)
  await expect.poll(() => released).toEqual(Array.from({ length: 20 }, (_, turn) => `v${turn}`))
})

test('in A/B a share of the series is served by the challenger, always the same, and in shadow none', async () => {
  const { ask, state, follower } = await start('v1')
  const served = async () => {
    await follower.refresh(false)
    const answers = ['S1', 'S2'].flatMap((store) =>
      ['A', 'B', 'C', 'D'].map((sku) => ask<SeriesForecast>(`/v1/forecast?store_id=${store}&sku=${sku}`)),
    )
    return (await Promise.all(answers)).map(({ answer }) => answer.model_version)
  }
  state.experiment = { challenger: 'v2', mode: 'ab', share: 0.5 }
  const first = await served()
  expect(new Set(first)).toEqual(new Set(['v1', 'v2']))
  expect(await served()).toEqual(first)
  state.experiment = { challenger: 'v2', mode: 'ab', share: 1 }
  expect(new Set(await served())).toEqual(new Set(['v2']))
  state.experiment = { challenger: 'v2', mode: 'shadow', share: 1 }
  expect(new Set(await served())).toEqual(new Set(['v1']))
})
