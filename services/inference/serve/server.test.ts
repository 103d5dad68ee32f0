/** What inference answers, and what it refuses. */
import {
  type CurrentModels,
  ForecastQuestion,
  type SeriesForecast,
  type WhatIfAnswer,
  WhatIfQuestion,
} from '@shelfcast/contracts/inference'
import { expect, test } from 'vitest'
import { SERIES, start } from '../../../test/inference/app.ts'
import { fuzz, type Operation, type Schema, unbounded } from '../../../test/runtime/fuzz.ts'
import { scoreFeatures } from './origin.ts'

test('a series is forecast for 28 days with its reasons, which add up to the mean', async () => {
  const { ask } = await start('v1')
  const { status, answer } = await ask<SeriesForecast>('/v1/forecast?store_id=S2&sku=B')
  expect(status).toBe(200)
  expect(answer).toMatchObject({
    store_id: 'S2',
    sku: 'B',
    unit: 'g',
    category: 'fresh',
    origin: '2026-03-01',
    feature_hash: '0123456789ab',
    served_by: 'model',
    model_version: 'v1',
    served_because: null,
    baseline_name: 'ses',
  })
  expect(answer.days.map(({ horizon }) => horizon)).toEqual(Array.from({ length: 28 }, (_, day) => day + 1))
  for (const day of answer.days) {
    expect(day.baseline).toBe(4_000)
    expect(day.p10 <= day.p50 && day.p50 <= day.p90).toBe(true)
    const sum = Object.values(day.reasons as Record<string, number>).reduce(
      (total, value) => total + value,
      day.base!,
    )
    expect(Math.abs(sum / day.mean - 1)).toBeLessThan(1e-4)
    expect(day.words.length).toBeGreaterThan(1)
  }
  expect(answer.days[5]!.target_date).toBe('2026-03-07')
})

test('without a champion the baseline answers every question, and a champion that comes takes over', async () => {
  const { ask, state } = await start()
  const why = expect.stringMatching(
    /^No demand model serves yet\..*npm run jobs -- train\. Until then .*28 days/,
  )
  const { status, answer } = await ask<SeriesForecast>(SERIES)
  expect(status).toBe(200)
  expect(answer).toMatchObject({
    served_by: 'baseline',
    model_version: 'baseline:moving_average',
    served_because: why,
    baseline_name: 'moving_average',
  })
  expect(answer.days[0]).toMatchObject({ mean: 3, baseline: 3, base: null, reasons: null, words: [] })
  const whatIf = { store_id: 'S1', sku: 'A', changes: { price_factor: 0.5 } }
  expect((await ask<WhatIfAnswer>('/v1/what-if', whatIf)).answer).toMatchObject({
    model_version: 'baseline:moving_average',
    ignored: [{ change: 'price_factor', reason: 'the baseline, the mean of 28 days, knows only past sales' }],
    series: [{ model_version: 'baseline:moving_average', before: 84, after: 84, difference: 0 }],
  })
  expect((await ask<CurrentModels>('/v1/models/current')).answer).toMatchObject({
    champion: null,
    trouble: why,
  })
  expect((await ask<string>('/readyz')).status).toBe(200)

  state.champion = 'v1'
  expect((await ask<CurrentModels>('/refresh', {})).answer.champion?.version).toBe('v1')
  expect((await ask<SeriesForecast>(SERIES)).answer.model_version).toBe('v1')
  // given that it is taken away again
  state.champion = undefined
  await ask('/refresh', {})
  expect((await ask<SeriesForecast>(SERIES)).answer.served_because).toEqual(why)
})

test('what the job stores is what is answered online, of the champion and of the baseline', async () => {
  const { ask, follower, state } = await start('v1')
  const bundle = follower.current()!.champion!.bundle
  for (const champion of [bundle, undefined]) {
    const [stored] = await scoreFeatures(state.features, { champion })
    state.champion = champion && 'v1'
    await follower.refresh(false)
    for (const [key, { from }] of state.features.series) {
      const [store_id, sku] = key.split('\n')
      const { answer } = await ask<SeriesForecast>(`/v1/forecast?store_id=${store_id}&sku=${sku}`)
      expect(answer.model_version).toBe(stored!.version)
      for (const [day, { mean, p10, p50, p90 }] of answer.days.entries())
        for (const [name, value] of Object.entries({ mean, p10, p50, p90 }))
          expect(value).toBeCloseTo(stored![name as 'mean'][from + day]!, 4)
    }
  }
})

test('without features there is nothing to answer from, and the answer says what is missing', async () => {
  const { ask, state, features, follower } = await start('v1')
  features.newest = async () => undefined
  await follower.refresh(false)
  expect(await ask(SERIES)).toEqual({
    status: 503,
    answer: { error: 'no_features', message: expect.stringContaining('npm run jobs -- build-features') },
  })
  features.newest = async () => state.features.build
  await follower.refresh(false)
  expect((await ask(SERIES)).status).toBe(200)
})

test('an unknown series is 404, and a missing parameter 400', async () => {
  const { ask } = await start('v1')
  expect(await ask('/v1/forecast?store_id=S9&sku=A')).toMatchObject({
    status: 404,
    answer: { error: 'unknown_series' },
  })
  expect(await ask('/v1/forecast?store_id=S1')).toMatchObject({
    status: 400,
    answer: { error: 'invalid_request' },
  })
})

test('a what-if says both forecasts: a promotion sells more, rain less, and only on its days', async () => {
  const { ask } = await start('v1')
  const { status, answer } = await ask<WhatIfAnswer>('/v1/what-if', {
    store_id: 'S1',
    sku: 'A',
    changes: { promotion: { kind: 'price_off', off: 0.3 }, from_horizon: 3, to_horizon: 9 },
  })
  expect(status).toBe(200)
  const [series] = answer.series
  expect(series!.difference).toBeGreaterThan(0)
  expect(series!.after - series!.before).toBeCloseTo(series!.difference, 9)
  for (const { horizon, difference } of series!.days)
    if (horizon < 3 || horizon > 9) expect(difference).toBe(0)
  const { answer: forecast } = await ask<SeriesForecast>(SERIES)
  expect(series!.days.map(({ before }) => before.mean)).toEqual(forecast.days.map(({ mean }) => mean))

  const rain = await ask<WhatIfAnswer>('/v1/what-if', { store_id: 'S1', changes: { rain_mm: 30 } })
  expect(rain.answer.series.map(({ sku }) => sku)).toEqual(['A', 'B', 'C', 'D'])
  expect(
    rain.answer.series.reduce((sum, { difference, unit }) => sum + (unit === 'each' ? difference : 0), 0),
  ).toBeLessThan(0)
  const fresh = await ask<WhatIfAnswer>('/v1/what-if', {
    store_id: 'S1',
    category: 'fresh',
    changes: { rain_mm: 30 },
  })
  expect(fresh.answer.series).toEqual(rain.answer.series.filter(({ category }) => category === 'fresh'))
})

test('a what-if tells the changes that the model knows nothing of, and refuses those that nobody knows', async () => {
  const { ask, state, follower } = await start('v1')
  const features = state.features
  const { answer } = await ask<WhatIfAnswer>('/v1/what-if', {
    store_id: 'S1',
    sku: 'A',
    changes: { price_factor: 0.8, festival_days: [7] },
  })
  expect(answer.ignored).toEqual([])
  expect(answer.series[0]!.difference).not.toBe(0)
  expect(await ask('/v1/what-if', { store_id: 'S1', changes: { rain: 3 } })).toMatchObject({ status: 400 })
  expect(
    await ask('/v1/what-if', { store_id: 'S1', changes: { from_horizon: 9, to_horizon: 3 } }),
  ).toMatchObject({
    answer: { message: expect.stringContaining('from_horizon 9 is after to_horizon 3') },
  })

  state.champion = 'v2'
  state.broken.add('v2')
  await follower.refresh(false)
  const baseline = await ask<WhatIfAnswer>('/v1/what-if', {
    store_id: 'S1',
    sku: 'A',
    changes: { rain_mm: 5 },
  })
  expect(baseline.answer).toMatchObject({
    served_by: 'baseline',
    ignored: [{ change: 'rain_mm', reason: 'the baseline, exponential smoothing, knows only past sales' }],
    series: [{ difference: 0 }],
  })
  expect(features.rows).toBe(224)
})

test('how long answers take is measured by route and status', async () => {
  const { app, ask } = await start('v1')
  await ask(SERIES)
  await ask('/v1/forecast?store_id=S1&sku=NONE')
  const { body } = await app.inject({ url: '/metrics', headers: { host: 'localhost' } })
  expect(body).toMatch(/^http_request_seconds_count\{route="\/v1\/forecast",status="200"\} 1$/m)
  expect(body).toMatch(/^http_request_seconds_count\{route="\/v1\/forecast",status="404"\} 1$/m)
})

test('another site may not ask', async () => {
  const { app } = await start('v1')
  const response = await app.inject({ url: SERIES, headers: { host: 'evil.example' } })
  expect(response.statusCode).toBe(403)
  expect((await app.inject({ url: '/metrics' })).body).toContain('inference_champion_swaps 0')
})

const OPERATIONS: Operation[] = [
  { method: 'GET', url: '/v1/forecast', query: ForecastQuestion as Schema },
  { method: 'POST', url: '/v1/what-if', body: WhatIfQuestion as Schema },
]

test('every field of a question is bounded', () => {
  expect(OPERATIONS.flatMap(({ query, body }) => unbounded(query ?? body ?? {}))).toEqual([])
})

test('a strange value in any field is refused by its name or answered, never with 5xx', async () => {
  const { app } = await start('v1')
  const { requests, taken, faults } = await fuzz(OPERATIONS, {
    async send({ method, url, payload }) {
      const headers = {
        host: 'localhost',
        ...(payload !== undefined && { 'content-type': 'application/json' }),
      }
      const answer = await app.inject({
        method: method as 'GET',
        url,
        headers,
        ...(payload !== undefined && { payload }),
      })
      return { status: answer.statusCode, body: answer.body }
    },
    examples: { store_id: 'S1', sku: 'A', category: 'fresh', kind: 'price_off' },
    bodies: { 'POST /v1/what-if': [{ store_id: 'S1', sku: 'A', changes: { price_factor: 0.9 } }] },
  })
  expect(faults).toEqual([])
  expect(requests).toBeGreaterThan(1_000)
  expect(taken).toBeGreaterThan(10)
})
