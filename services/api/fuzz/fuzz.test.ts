/** Every route by its own schema, with one field that is strange, against real stores. */

import { signedHeaders } from '@shelfcast/runtime/webhook-signature'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type FilledApi, startFilledApi } from '../../../test/api/filled.ts'
import { ERP_SECRET } from '../../../test/api/fixture.ts'
import { fuzz, type Operation, type Schema, unbounded } from '../../../test/runtime/fuzz.ts'

// Some thousand requests, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000 })

let api: FilledApi
beforeAll(async () => {
  api = await startFilledApi()
}, 120_000)
afterAll(() => api?.stop())

interface Parameter {
  name: string
  in: 'path' | 'query'
  required?: boolean
  schema: Schema
}
interface Documented {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema & { $ref?: string } }> }
}

/** The routes of the OpenAPI document. */
function operations(): Operation[] {
  const document = api.app.swagger() as unknown as {
    paths: Record<string, Record<string, Documented>>
    components: { schemas: Record<string, Schema> }
  }
  const resolved = ({ $ref, ...schema }: Schema & { $ref?: string }): Schema =>
    $ref === undefined ? schema : document.components.schemas[$ref.split('/').at(-1)!]!
  return Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const ofPart = (part: Parameter['in']): Schema => {
        const some = parameters.filter((parameter) => parameter.in === part)
        return {
          properties: Object.fromEntries(some.map(({ name, schema }) => [name, schema])),
          required: some.filter(({ required }) => required).map(({ name }) => name),
        }
      }
      const body = requestBody?.content['application/json']?.schema
      return {
        method: method.toUpperCase(),
        url,
        path: ofPart('path'),
        query: ofPart('query'),
        ...(body && { body: resolved(body) }),
      }
    }),
  )
}

let messages = 0
const signed = (payload: string) =>
  signedHeaders(ERP_SECRET, {
    id: `fuzz-${messages++}`,
    timestamp: Math.floor(Date.now() / 1_000),
    body: Buffer.from(payload),
  })

const KEY = 'a key that is replaced'
const POSITION = 'sales-transactions/0/5/0'

test('every field of every route is bounded by its schema', () => {
  const parts = operations().flatMap(({ method, url, path, query, body }) =>
    [path, query, body].flatMap((schema) =>
      unbounded(schema ?? {}).map((part) => `${method} ${url} ${part}`),
    ),
  )
  expect(parts).toEqual([])
})

test('a strange value in any field is refused by its name or answered, never with 5xx', async () => {
  const { requests, taken, faults } = await fuzz(operations(), {
    async send({ method, url, payload: example }) {
      // A key of its own for each, or all but the first would be refused by it.
      const payload = example?.replace(KEY, () => `fuzz ${messages++}`)
      const answer = await api.app.inject({
        method: method as 'GET',
        url,
        headers: {
          host: '127.0.0.1',
          ...(payload !== undefined && { 'content-type': 'application/json' }),
          ...(url === '/api/v1/erp/webhooks' && signed(payload ?? '')),
        },
        ...(payload !== undefined && { payload }),
      })
      return { status: answer.statusCode, body: answer.body }
    },
    examples: {
      store_id: 'S-01',
      sku: 'P-1000',
      category: 'Dairy',
      text: 'Milk',
      reason: 'unknown_store',
      model: 'demand',
      version: 'demand-20260228-1',
      challenger: 'demand-20260228-1',
      channels: 'live',
      topic: 'sales-transactions',
      epoch: 0,
      partition: 0,
      offset: 5,
      line: 0,
      to: '2026-03-02T00:00:00Z',
      supplier_id: 'SUP-1',
      key: KEY,
      id: 1,
      message_id: 'B5',
      receipt_id: 'day~S-01~P-1000~2026-03-01',
      after: '1~B1~1~1',
      cursor: `1772323200000~${POSITION}`,
    },
    bodies: {
      'POST /api/v1/orders': [
        {
          key: KEY,
          store_id: 'S-01',
          supplier_id: 'SUP-1',
          order_on: '2026-03-02',
          reason: 'fuzz',
          lines: [{ sku: 'P-1000', quantity: 1, unit_cost: 1 }],
        },
      ],
      'POST /api/v1/dead-letters/replays': [
        { positions: [POSITION], again: true, force: true },
        { filter: {}, again: true },
      ],
    },
  })
  expect(faults).toEqual([])
  expect(requests).toBeGreaterThan(3_000)
  expect(taken).toBeGreaterThan(300)
})
