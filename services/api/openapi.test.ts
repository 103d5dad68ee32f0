import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../test/api/fixture.ts'
import type { App } from './http/schemas.ts'

let app: App
beforeAll(async () => {
  app = await buildTestServer({})
})
afterAll(() => app.close())

test('the document lists every route, with what it answers', async () => {
  const document = (await app.inject({ url: '/api/v1/openapi.json', headers: { host: 'localhost' } })).json()
  expect(Object.keys(document.paths).toSorted()).toEqual([
    '/api/v1/baskets/latest',
    '/api/v1/dead-letters',
    '/api/v1/dead-letters/replays',
    '/api/v1/dead-letters/{topic}/{epoch}/{partition}/{offset}/{line}',
    '/api/v1/erp/webhooks',
    '/api/v1/forecasts',
    '/api/v1/forecasts.csv',
    '/api/v1/forecasts/series',
    '/api/v1/forecasts/what-if',
    '/api/v1/health',
    '/api/v1/live',
    '/api/v1/lots-at-risk',
    '/api/v1/models',
    '/api/v1/models/runs',
    '/api/v1/models/{model}/experiment',
    '/api/v1/models/{model}/roll-back',
    '/api/v1/models/{model}/versions/{version}/promote',
    '/api/v1/models/{model}/versions/{version}/retire',
    '/api/v1/orders',
    '/api/v1/orders/approve',
    '/api/v1/orders/{id}',
    '/api/v1/orders/{id}/approve',
    '/api/v1/orders/{id}/cancel',
    '/api/v1/orders/{id}/lines',
    '/api/v1/orders/{id}/put-off',
    '/api/v1/orders/{id}/reject',
    '/api/v1/orders/{id}/resend',
    '/api/v1/overrides',
    '/api/v1/overrides/value',
    '/api/v1/overrides/{id}',
    '/api/v1/pipeline',
    '/api/v1/planning/settings',
    '/api/v1/plans',
    '/api/v1/plans/{plan}/lines',
    '/api/v1/receipts/{receipt_id}',
    '/api/v1/runs',
    '/api/v1/runs/{id}',
    '/api/v1/runs/{id}/cancel',
    '/api/v1/sales/by-store-hour',
    '/api/v1/scenarios',
    '/api/v1/scenarios/promote',
    '/api/v1/stream',
    '/api/v1/transfers',
    '/api/v1/twin',
    '/healthz',
    '/metrics',
    '/readyz',
  ])
  expect(document.paths['/api/v1/live'].get.responses[200].content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/LiveState',
  })
  expect(Object.keys(document.components.schemas)).toContain('ErrorAnswer')
})

test("the dashboard's copy is that of these routes; `npm run openapi -w @shelfcast/api` makes it anew", async () => {
  const copy = new URL('../../dashboards/planner/src/api/openapi.json', import.meta.url)
  expect(JSON.parse(await readFile(copy, 'utf8'))).toEqual(JSON.parse(JSON.stringify(app.swagger())))
})

test('the document can be read at /docs without anything from elsewhere', async () => {
  const page = await app.inject({ url: '/docs', headers: { host: 'localhost' } })
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('swagger-ui-bundle.js')
  // Its scripts are files, so the policy lets them run; an inline one would be blocked.
  expect(page.body).not.toMatch(/<script>|<style>| style="/)
  const document = await app.inject({ url: '/docs/json', headers: { host: 'localhost' } })
  expect(document.json()).toEqual(JSON.parse(JSON.stringify(app.swagger())))
})

test('what is not there says so', async () => {
  const answer = await app.inject({ url: '/api/v1/nothing', headers: { host: 'localhost' } })
  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toEqual({
    error: 'not_found',
    message: 'GET /api/v1/nothing is not part of this API. See /docs for what is.',
  })
})
