import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WhatIfAnswer } from '@shelfcast/contracts/inference'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer, NOWHERE } from '../../../test/api/fixture.ts'
import { startTestInference } from '../../../test/inference/server.ts'
import type { App } from '../http/schemas.ts'

let inference: Awaited<ReturnType<typeof startTestInference>>
let app: App
const services: { close(): unknown }[] = []

beforeAll(async () => {
  inference = await startTestInference('v1')
  app = await buildTestServer({ inferenceUrl: inference.url })
})
afterAll(async () => {
  for (const other of services) await other.close()
  await app?.close()
  await inference?.stop()
})

async function ask(query: string, by = app) {
  const answer = await by.inject({
    url: `/api/v1/forecasts/what-if?${query}`,
    headers: { host: '127.0.0.1' },
  })
  return {
    status: answer.statusCode,
    answer: answer.json<WhatIfAnswer & { error: string; message: string }>(),
  }
}

test('a scenario is a URL: what is different, and by how much, in what people think in', async () => {
  const { status, answer } = await ask(
    'store_id=S1&sku=B&price_factor=0.8&promotion=price_off&promotion_off=0.2&from_horizon=3&to_horizon=9',
  )
  expect(status).toBe(200)
  expect(answer).toMatchObject({ store_id: 'S1', served_by: 'model', model_version: 'v1', ignored: [] })
  const [series] = answer.series
  expect(series).toMatchObject({ sku: 'B', unit: 'kg', model_version: 'v1' })
  expect(series!.difference).toBeGreaterThan(0)
  for (const { horizon, difference } of series!.days)
    if (horizon < 3 || horizon > 9) expect(difference).toBe(0)

  const online = await fetch(`${inference.url}/v1/what-if`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      store_id: 'S1',
      sku: 'B',
      changes: {
        price_factor: 0.8,
        promotion: { kind: 'price_off', off: 0.2 },
        from_horizon: 3,
        to_horizon: 9,
      },
    }),
  })
  const { series: grams } = (await online.json()) as WhatIfAnswer
  expect(series!.after * 1_000).toBeCloseTo(grams[0]!.after, -1)
})

test('of a store and a category, with a festival, and without the promotion that is planned', async () => {
  const store = await ask('store_id=S1&festival_days=7,14&temperature_anomaly_c=-2.5')
  expect(store.answer.series.map(({ sku }) => sku)).toEqual(['A', 'B', 'C', 'D'])
  const fresh = await ask('store_id=S1&category=fresh&promotion=none')
  expect(fresh.answer.series.map(({ sku }) => sku)).toEqual(['B', 'D'])
})

test.each<[query: string, field: string]>([
  ['price_factor=NaN', 'price_factor'],
  ['price_factor=1e400', 'price_factor'],
  ['price_factor=-1', 'price_factor'],
  ['price_factor=0', 'price_factor'],
  ['price_factor=0.5&price_factor=0.7', 'price_factor'],
  ['rain_mm=Infinity', 'rain_mm'],
  ['festival_days=10000', 'festival_days'],
  ['festival_days=1,,2', 'festival_days'],
  [`festival_days=${'7,'.repeat(5_000)}7`, 'festival_days'],
  ['from_horizon=10000', 'from_horizon'],
  ['from_horizon=9&to_horizon=3', 'from_horizon'],
  ['promotion=sorcery&promotion_off=0.2', 'promotion'],
  ['promotion=coupon', 'promotion_off'],
  ['promotion=none&promotion_off=0.2', 'promotion_off'],
  ['promotion_off=0.2', 'promotion'],
  ['promotion=coupon&promotion_off=1.01', 'promotion_off'],
  ['category=fresh', 'category'],
  ['changes=%7B%7D', 'changes'],
])('%s is refused by its name', async (query, field) => {
  const { status, answer } = await ask(`store_id=S1&sku=A&${query}`)
  expect([status, answer.error]).toEqual([400, 'invalid_request'])
  expect(answer.message).toContain(field)
})

test('what inference refuses is told as it tells it', async () => {
  expect(await ask('store_id=S9&sku=A')).toEqual({
    status: 404,
    answer: {
      error: 'unknown_series',
      message: expect.stringContaining('No forecast for SKU "A" in store "S9"'),
    },
  })
})

test('without a champion the baseline answers, and says so', async () => {
  inference.state.champion = undefined
  await inference.follower.refresh(true)
  const { status, answer } = await ask('store_id=S1&sku=A&rain_mm=30')
  expect(status).toBe(200)
  expect(answer).toMatchObject({
    served_by: 'baseline',
    model_version: 'baseline:moving_average',
    served_because: expect.stringContaining('No demand model serves yet'),
    ignored: [{ change: 'rain_mm' }],
    series: [{ difference: 0 }],
  })
  inference.state.champion = 'v1'
  await inference.follower.refresh(true)
})

/** Something at the address of inference. */
async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  services.push(server)
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function apiWith(inferenceUrl: string): Promise<App> {
  const other = await buildTestServer({ inferenceUrl })
  services.push(other)
  return other
}

test('where inference is away, or is something else, the answer says so', async () => {
  const strange = await serve((_request, response) => response.end('<html>'))
  const broken = await serve((_request, response) => response.writeHead(500).end('null'))
  for (const url of ['', NOWHERE, strange.url]) {
    const { status, answer } = await ask('store_id=S1&sku=A', await apiWith(url))
    expect([status, answer.error]).toEqual([503, 'inference_unavailable'])
  }
  expect(await ask('store_id=S1&sku=A', await apiWith(broken.url))).toMatchObject({
    status: 503,
    answer: { error: 'inference_failed', message: 'Inference answered 500. See its log.' },
  })
})

test('scenarios that come faster than they are answered are turned away', async () => {
  const waiting: ServerResponse[] = []
  const slow = await serve((_request, response) => void waiting.push(response))
  const other = await apiWith(slow.url)
  const answers = Array.from({ length: 19 }, () => ask('store_id=S1&sku=A', other))
  const first = await Promise.race(answers)
  expect([first.status, first.answer.error]).toEqual([429, 'too_many_scenarios'])
  const end = setInterval(() => {
    for (const response of waiting.splice(0)) response.writeHead(503).end('{}')
  }, 10)
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  clearInterval(end)
  expect(statuses.toSorted()).toEqual([429, ...new Array(18).fill(503)].toSorted())
})
