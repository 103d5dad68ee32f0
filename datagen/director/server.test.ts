/** The director over HTTP and by its command line, on a fake live stream and a lake in memory. */
import { execFile } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type DirectorState,
  HappeningPath,
  HappeningRequest,
  JumpRequest,
  OrderRequest,
  PolicyRequest,
  SpeedRequest,
} from '@shelfcast/contracts/twin'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { createLog } from '@shelfcast/runtime/log'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeLive, fakeLive, memoryLake } from '../../test/datagen/director.ts'
import { world as tinyWorld } from '../../test/datagen/world.ts'
import { fuzz, type Operation, type Schema, unbounded } from '../../test/runtime/fuzz.ts'
import { StoreClock } from './clock.ts'
import { Director } from './director.ts'
import { runOf } from './run.ts'
import { buildDirectorServer } from './server.ts'
import { openStage } from './stage.ts'

const BEGIN = Date.UTC(2026, 0, 5)
const TOKEN = 'a-token-of-tests'
const quiet = createLog('test', 'silent')
const world = tinyWorld()

let live: FakeLive
let director: Director | undefined
let app: Awaited<ReturnType<typeof buildDirectorServer>>

beforeEach(async () => {
  live = fakeLive(world, BEGIN)
  const stage = await openStage({
    lake: memoryLake().lake,
    log: quiet,
    world,
    run: runOf(world, 'abcdef012345', 7),
    clock: new StoreClock({ at: 0, speed: 3_600 }),
    live,
    onDay() {},
    onHour() {},
  })
  director = new Director(stage, 7)
  app = await buildDirectorServer({
    log: quiet,
    registry: new Registry(),
    isReady: () => director !== undefined,
    director: () => director,
    token: TOKEN,
    ownHosts: ['twin'],
  })
})
afterEach(() => app.close())

interface Asked {
  headers?: Record<string, string>
  body?: unknown
}
async function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, { headers, body }: Asked = {}) {
  const answer = await app.inject({
    method,
    url,
    headers: {
      host: '127.0.0.1:8082',
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
  return { status: answer.statusCode, json: () => answer.json() }
}

test('whoever reaches it sees the state; only who has the token changes it', async () => {
  const open = await ask('GET', '/director', { headers: { authorization: '' } })
  expect(open.status).toBe(200)
  expect(open.json()).toMatchObject({
    run: 'tiny-7-abcdef012345',
    seed: 7,
    time_zone: 'Europe/Dublin',
    clock: { speed: 3_600, paused: false },
    jump: null,
    happenings: [],
    orders: [],
  })
  for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, TOKEN]) {
    const refused = await ask('POST', '/director/pause', { headers: { authorization } })
    expect(refused.status).toBe(401)
    expect(refused.json().message).toContain('TWIN_TOKEN')
  }
  expect(director?.state().clock.paused).toBe(false)
  expect((await ask('POST', '/director/pause')).json()).toMatchObject({ clock: { paused: true } })
})

test.each([
  [{ host: 'evil.example' }, 403],
  [{ origin: 'http://evil.example' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'http://127.0.0.1:8082' }, 200],
  [{ host: 'twin:8082' }, 200],
  [{ host: 'jobs:8082' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
])('a request with %o is answered with %i', async (headers: Record<string, string>, status) => {
  expect((await ask('POST', '/director/resume', { headers })).status).toBe(status)
  expect((await ask('GET', '/director', { headers })).status).toBe(status)
})

test('a form of another page is no JSON, and is refused', async () => {
  const headers = { 'content-type': 'text/plain' }
  expect((await ask('POST', '/director/speed', { headers, body: { speed: 1 } })).status).toBe(415)
})

test('the clock is paused, goes on, and changes its speed', async () => {
  await ask('POST', '/director/pause')
  expect((await ask('POST', '/director/resume')).json()).toMatchObject({ clock: { paused: false } })
  expect((await ask('POST', '/director/speed', { body: { speed: 'max' } })).json()).toMatchObject({
    clock: { speed: 'max' },
  })
  for (const speed of [0, 10_001, 'fast']) {
    const refused = await ask('POST', '/director/speed', { body: { speed } })
    expect(refused.status).toBe(400)
    expect(refused.json().message).toContain('speed')
  }
})

describe('happenings', () => {
  test('are made, told, and ended', async () => {
    const answer = await ask('POST', '/director/happenings', {
      body: { kind: 'price_drop', category: 'Soup', stores: ['DUB-02'], days: 3, strength: 0.25 },
    })
    expect(answer.status).toBe(201)
    expect(answer.json()).toEqual({
      id: 'price_drop-1',
      kind: 'price_drop',
      active: true,
      from: '2026-01-05T00:00:00.000Z',
      to: '2026-01-08T00:00:00.000Z',
      strength: 0.25,
      stores: ['DUB-02'],
      category: 'soup',
    })
    expect(((await ask('GET', '/director')).json() as DirectorState).happenings).toHaveLength(1)
    const ended = await ask('DELETE', '/director/happenings/price_drop-1')
    expect(ended.json()).toMatchObject({ happenings: [] })
    expect((await ask('DELETE', '/director/happenings/price_drop-1')).status).toBe(404)
    expect(live.commands).toEqual(['inject price_drop-1', 'end price_drop-1'])
  })

  test.each([
    [{ kind: 'earthquake' }, 'festival, price_drop'],
    [{ kind: 'price_drop' }, 'Give category or sku'],
    [{ kind: 'price_drop', category: 'fish' }, 'Use one of: bakery, soup, chocolate'],
    [{ kind: 'viral_product', sku: '9999' }, 'SKU "9999" is not in the world tiny'],
    [{ kind: 'viral_product', sku: '1001', strength: 100 }, 'from 1 to 50'],
    [
      { kind: 'viral_product', sku: '1002', stores: ['DUB-02'] },
      'No store of this viral_product lists 1002. Take DUB-01',
    ],
    [{ kind: 'rainy_week', sku: '1001' }, 'rainy_week takes no sku'],
    [{ kind: 'heat_wave', stores: ['XXX-01'] }, 'Use DUB-01, DUB-02'],
    [{ kind: 'supplier_delay', supplier_id: 'nobody' }, 'Use fresh, dry'],
    [{ kind: 'till_outage', till_id: 1 }, 'names no store'],
    [{ kind: 'till_outage', till_id: 9, stores: ['DUB-01'] }, 'Its tills are 1 to 4'],
    [{ kind: 'till_outage', strength: 2 }, 'has no strength'],
    [{ kind: 'festival', days: 2, hours: 3 }, 'Give one of them'],
    [{ kind: 'festival', days: 91 }, 'days'],
    [{ kind: 'festival', loud: true }, '"loud", which is not known'],
  ])('%o is refused with what would be right', async (body, text) => {
    const refused = await ask('POST', '/director/happenings', { body })
    expect(refused.status).toBe(400)
    expect(refused.json().message).toContain(text)
    expect(live.commands).toEqual([])
  })
})

describe('orders', () => {
  const order = { purchase_order_id: 'PO-1', store_id: 'DUB-01', lines: [{ sku: '1001', quantity: 12 }] }

  test('reach the suppliers once', async () => {
    const first = await ask('POST', '/director/orders', { body: order })
    const again = await ask('POST', '/director/orders', { body: order })
    const other = await ask('POST', '/director/orders', { body: { ...order, store_id: 'DUB-02' } })
    expect([first.status, again.status, other.status]).toEqual([201, 200, 409])
    expect(again.json()).toEqual(first.json())
    expect(other.json().message).toContain('A new order needs a new id')
    expect(live.commands).toEqual(['post PO-1'])
    expect(((await ask('GET', '/director')).json() as DirectorState).orders).toEqual([first.json()])
  })

  test('posted twice in the same moment are one', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => ask('POST', '/director/orders', { body: order })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201])
    expect(live.commands).toEqual(['post PO-1'])
  })

  test.each([
    [{ ...order, store_id: 'XXX' }, 'Store "XXX"'],
    [{ ...order, lines: [{ sku: '404', quantity: 1 }] }, 'SKU "404"'],
    [
      { ...order, store_id: 'DUB-02', lines: [{ sku: '1002', quantity: 1 }] },
      'store DUB-02 does not list 1002. Take DUB-01, or another SKU.',
    ],
    [{ ...order, lines: [order.lines[0], order.lines[0]] }, 'two lines of 1001'],
    [{ ...order, lines: [] }, 'lines'],
    [{ ...order, lines: [{ sku: '1001', quantity: 0 }] }, 'lines.0.quantity'],
    [{ ...order, purchase_order_id: '../x' }, 'purchase_order_id'],
  ])('%j is refused', async (body, text) => {
    const refused = await ask('POST', '/director/orders', { body })
    expect(refused.status).toBe(400)
    expect(refused.json().message).toContain(text)
    expect(live.commands).toEqual([])
  })
})

test('a store lives by posted orders when it is told to', async () => {
  const external = await ask('PUT', '/director/policy', { body: { kind: 'external', store_id: 'DUB-02' } })
  expect(external.json()).toMatchObject({ external_stores: ['DUB-02'] })
  const plain = await ask('PUT', '/director/policy', { body: { kind: 'plain' } })
  expect(plain.json()).toMatchObject({ external_stores: [] })
})

test('a jump backwards is refused with the dates that are possible', async () => {
  const refused = await ask('POST', '/director/jump', { body: { date: '2026-01-05' } })
  expect(refused.status).toBe(400)
  expect(refused.json().message).toContain('Use a date from 2026-01-06')
})

test('before the run stands it says that it starts', async () => {
  director = undefined
  expect((await ask('GET', '/readyz')).status).toBe(503)
  expect((await ask('GET', '/healthz')).status).toBe(200)
  expect((await ask('GET', '/healthz', { headers: { host: 'anything.example' } })).status).toBe(403)
  const early = await ask('GET', '/director')
  expect(early.status).toBe(503)
  expect(early.json().message).toContain('starting')
})

test('its routes are described', async () => {
  const { paths } = (await ask('GET', '/director/openapi.json')).json() as { paths: Record<string, unknown> }
  expect(Object.keys(paths).sort()).toEqual([
    '/director',
    '/director/happenings',
    '/director/happenings/{id}',
    '/director/jump',
    '/director/orders',
    '/director/pause',
    '/director/policy',
    '/director/resume',
    '/director/speed',
  ])
})

describe('the command line', () => {
  const run = promisify(execFile)
  async function npmRunDirector(...args: string[]) {
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const environment = {
      ...machineEnvironment(process.env),
      TWIN_URL: `http://127.0.0.1:${port}`,
      TWIN_TOKEN: TOKEN,
    }
    return run(process.execPath, [join(import.meta.dirname, '..', 'director.ts'), ...args], {
      env: environment,
    }).catch((error: { stdout: string; stderr: string }) => error)
  }

  test('leads the twin', async () => {
    const speed = await npmRunDirector('speed', '600', '--json')
    expect(JSON.parse(speed.stdout)).toMatchObject({ clock: { speed: 600 } })
    const viral = ['inject', 'viral-product', '--sku', '1001', '--stores', 'DUB-01,DUB-02', '--days', '2']
    const injection = await npmRunDirector(...viral)
    expect(injection.stdout).toContain('viral_product-1  1001 Sliced pan, DUB-01, DUB-02')
    const order = ['order', '--store', 'DUB-01', '--line', '1001=24', '--line', '2001=6', '--id', 'PO-9']
    expect((await npmRunDirector(...order)).stdout).toContain('Order PO-9 for DUB-01, 2 lines')
    const { stdout } = await npmRunDirector('status')
    expect(stdout).toMatch(/Monday,? 5 January 2026/)
    expect(stdout).toContain('PO-9')
    expect(live.commands).toEqual(['inject viral_product-1', 'post PO-9'])
  }, 30_000)

  test('passes on what the twin refuses, and says what it does not know itself', async () => {
    const refused = await npmRunDirector('inject', 'price_drop', '--category', 'fish')
    expect(refused.stderr).toContain('There is no category "fish"')
    const unknown = await npmRunDirector('stop')
    expect(unknown.stderr).toMatch(/unknown command 'stop'.*Usage:/s)
    const line = await npmRunDirector('order', '--store', 'DUB-01', '--line', '1001')
    expect(line.stderr).toContain('1001 is not SKU=QUANTITY')
  }, 30_000)
})

describe('what nobody should send', () => {
  const operations = (): Operation[] => [
    { method: 'POST', url: '/director/speed', body: SpeedRequest as Schema },
    { method: 'POST', url: '/director/jump', body: JumpRequest as Schema },
    { method: 'POST', url: '/director/happenings', body: HappeningRequest as Schema },
    { method: 'DELETE', url: '/director/happenings/{id}', path: HappeningPath as Schema },
    { method: 'POST', url: '/director/orders', body: OrderRequest as Schema },
    { method: 'PUT', url: '/director/policy', body: PolicyRequest as Schema },
  ]

  test('every field is bounded', () => {
    expect(operations().flatMap(({ path, body }) => unbounded(path ?? body ?? {}))).toEqual([])
  })

  test('a strange value in any field is refused by its name or taken, never answered with 5xx', async () => {
    const { requests, faults } = await fuzz(operations(), {
      async send({ method, url, payload }) {
        const answer = await app.inject({
          method: method as 'GET',
          url,
          headers: {
            host: '127.0.0.1:8082',
            authorization: `Bearer ${TOKEN}`,
            ...(payload !== undefined && { 'content-type': 'application/json' }),
          },
          ...(payload !== undefined && { payload }),
        })
        return { status: answer.statusCode, body: answer.body }
      },
      examples: {
        store_id: world.stores[0]!.store_id,
        stores: [world.stores[0]!.store_id],
        id: 'festival-1',
        purchase_order_id: 'PO-1',
        sku: world.products[0]!.sku,
      },
    })
    expect(faults).toEqual([])
    expect(requests).toBeGreaterThan(1_000)
  })
})
