import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type {
  Health,
  LatestBaskets,
  LiveState,
  PipelineState,
  SalesByStoreHour,
} from '@shelfcast/contracts/api'
import { TOPICS } from '@shelfcast/contracts/topics'
import { createOperational } from '@shelfcast/operational/client'
import { createKafka } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { block, buildTestServer, deadLetter, NOWHERE, quiet, sale } from '../../test/api/fixture.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../test/warehouse/warehouse.ts'
import { createProbes } from './health/probes.ts'
import type { App } from './http/schemas.ts'
import { type Broker, createBroker } from './pipeline/broker.ts'

// Processes start here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })
const PATIENCE = { timeout: 50_000, interval: 500 }

let warehouse: TestWarehouse
let app: App
let unreachable: Broker

/** Two partitions of sales with 30 messages each; the others are empty. */
const broker: Broker = {
  ranges: async () =>
    new Map(
      TOPICS.map((topic) => [
        topic,
        topic === 'sales-transactions'
          ? [
              { partition: 0, low: 0, high: 30 },
              { partition: 1, low: 5, high: 35 },
            ]
          : [{ partition: 0, low: 0, high: topic === 'dead-letter' ? 4 : 0 }],
      ]),
    ),
  close: async () => {},
}

async function get<T>(url: string): Promise<T> {
  const answer = await app.inject({ url, headers: { host: '127.0.0.1' } })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<T>()
}

beforeAll(async () => {
  warehouse = await startWarehouse()
  await insert(warehouse.client, 'dim_store', [
    { store_id: 'S1', name: 'High Street', time_zone: 'Europe/London', currency: 'GBP', updated_at: 1 },
    { store_id: 'S1', name: 'High Street 2', time_zone: 'Europe/London', currency: 'GBP', updated_at: 2 },
  ])
  await insert(warehouse.client, 'dim_product', [
    { sku: 'P1', name: 'Soup', category: 'Tins', updated_at: 1 },
  ])
  unreachable = createBroker(createKafka({ brokers: '127.0.0.1:9', clientId: 'test', log: quiet }))
  const lake = createLake({
    S3_ENDPOINT: NOWHERE,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY: 'none',
    S3_SECRET_KEY: 'none',
    S3_BUCKET_RAW: 'raw',
    S3_BUCKET_CURATED: 'curated',
    S3_BUCKET_FEATURES: 'features',
    S3_BUCKET_TRUTH: 'truth',
  })
  app = await buildTestServer({
    warehouse: warehouse.client,
    broker,
    probes: createProbes({
      broker: unreachable,
      lake,
      warehouse: warehouse.client,
      operational: createOperational({
        url: 'postgres://none@127.0.0.1:9/none',
        password: 'none',
        application: 'test',
      }),
      ingestUrl: NOWHERE,
      twinUrl: '',
      inferenceUrl: '',
      jobsUrl: '',
      sparkUrl: '',
    }),
  })
}, 90_000)

afterAll(async () => {
  await app?.close()
  await unreachable?.close()
  await warehouse?.stop()
})

describe('before the first sale', () => {
  test('every answer is there, and empty', async () => {
    const live = await get<LiveState>('/api/v1/live')
    expect(live).toMatchObject({ currency: 'GBP', lines_total: 0, newest_event_time: null, stores: [] })
    expect(live.series).toHaveLength(180)
    expect(live.latency).toEqual({ p50_ms: null, p99_ms: null })
    expect((await get<LatestBaskets>('/api/v1/baskets/latest')).baskets).toEqual([])
    const pipeline = await get<PipelineState>('/api/v1/pipeline')
    expect(pipeline.topics.map(({ topic, lag_messages }) => [topic, lag_messages])).toEqual([
      ['sales-transactions', 60],
      ['inventory-updates', 0],
      ['pos-events', 0],
    ])
  })
})

describe('with sales in two currencies, a return and refused lines', () => {
  beforeAll(async () => {
    const now = Date.now()
    // Two inserts, so that sums have to go over several parts of the aggregates.
    await insert(warehouse.client, 'fact_sales', [
      sale({ offset: 1, basket_id: 'B1', produced_at: now - 3_000, net_amount: 250, quantity: 2 }),
      sale({
        offset: 1,
        basket_id: 'B1',
        line_no: 2,
        produced_at: now - 3_000,
        sku: 'P2',
        unit: 'g',
        quantity: 750,
      }),
      sale({
        offset: 2,
        basket_id: 'B2',
        produced_at: now - 2_000,
        store_id: 'S2',
        currency: 'EUR',
        net_amount: 900,
      }),
    ])
    await insert(warehouse.client, 'fact_sales', [
      sale({
        offset: 3,
        basket_id: 'B3',
        produced_at: now - 1_000,
        kind: 'return',
        quantity: -1,
        net_amount: -125,
      }),
      sale({ partition: 1, offset: 6, basket_id: 'B4', produced_at: now - 600_000, net_amount: 40 }),
    ])
    await insert(warehouse.client, 'dead_letters', [
      deadLetter({ produced_at: now }),
      deadLetter({
        line_no: 2,
        reason: 'price_zero',
        line_count: 1,
        payload: `x${'é'.repeat(3_000)}`,
        produced_at: now - 1_000,
      }),
      deadLetter({ offset: 9, reason: 'price_zero', line_count: 1, produced_at: now - 60_000 }),
    ])
    await insert(warehouse.client, 'lake_objects', [
      block({ end_offset: 10, rows_accepted: 3, rows_refused: 3, messages: 99, produced_max: now }),
      block({ key: 'raw/second', begin_offset: 10, end_offset: 20, rows_accepted: 1, rows_refused: 0 }),
      block({
        key: 'raw/third',
        partition: 1,
        begin_offset: 5,
        end_offset: 10,
        rows_accepted: 1,
        messages: 1,
        rows_refused: 0,
        produced_min: now - 9_000,
        produced_max: now - 2_000,
        loaded_at: now,
      }),
      block({
        key: 'raw/movements',
        topic: 'pos-events',
        end_offset: 500,
        messages: 500,
        rows_accepted: 0,
        produced_min: now - 60_000,
      }),
    ])
    await vi.waitFor(
      async () => {
        expect((await get<LiveState>('/api/v1/live')).lines_total).toBe(5)
        expect((await get<PipelineState>('/api/v1/pipeline')).topics[0]!.blocks).toBe(3)
      },
      { timeout: 20_000 },
    )
  }, 30_000)

  test('live: one currency, returns net, a series without holes', async () => {
    const live = await get<LiveState>('/api/v1/live')
    expect(live.currency).toBe('GBP')
    expect(live.other_currencies).toEqual([{ currency: 'EUR', amount: 900 }])

    const steps = live.series.map(({ bucket }) => Date.parse(bucket))
    expect(steps).toHaveLength(180)
    expect(new Set(steps.slice(1).map((at, index) => at - steps[index]!))).toEqual(new Set([10_000]))
    expect(steps.at(-1)).toBeGreaterThan(Date.parse(live.at) - 10_000)
    const total = live.series.reduce((sum, { net_amount }) => sum + net_amount, 0)
    expect(total).toBe(250 + 100 - 125 + 40)

    // The weighed line counts as one piece, the returned piece is taken off.
    expect(live.stores).toMatchObject([
      { store_id: 'S1', name: 'High Street 2', net_amount: 265, baskets: 3, pieces: 2 + 1 - 1 + 1 },
    ])
    expect(live.stores[0]!.spark).toHaveLength(30)
    expect(live.stores[0]!.spark.filter((amount) => amount !== 0).toSorted((a, b) => a - b)).toEqual([
      40, 225,
    ])
    expect(live.top_skus).toEqual([
      { sku: 'P1', name: 'Soup', category: 'Tins', pieces: 2, net_amount: 165 },
      { sku: 'P2', name: 'P2', category: '', pieces: 1, net_amount: 100 },
    ])
    expect(live.latest_baskets.map(({ basket_id }) => basket_id)).toEqual(['B3', 'B2', 'B1', 'B4'])
    expect(live.newest_event_time).not.toBeNull()
  })

  test('latest baskets: newest first, whole, limited', async () => {
    const { baskets } = await get<LatestBaskets>('/api/v1/baskets/latest?limit=3')
    expect(baskets).toMatchObject([
      { basket_id: 'B3', kind: 'return', net_amount: -125, store_name: 'High Street 2' },
      { basket_id: 'B2', currency: 'EUR', store_name: 'S2', time_zone: 'UTC' },
      { basket_id: 'B1', lines: 2, net_amount: 350, time_zone: 'Europe/London' },
    ])
  })

  test('pipeline: counts, lag by the ends of the chains, refusals with their rule', async () => {
    // What is costly to count is some seconds old, and null before it is known.
    const { topics, refusals, ...state } = await vi.waitFor(async () => {
      const state = await get<PipelineState>('/api/v1/pipeline')
      expect(state.dead_letters_open).toBe(3)
      return state
    }, PATIENCE)
    expect(topics[0]).toMatchObject({
      topic: 'sales-transactions',
      messages: 60,
      lag_messages: 30 - 20 + (35 - 10),
      blocks: 3,
      lines_accepted: 4,
      lines_reversed: 1,
      lines_refused: 5,
      lake_rows: 8,
      warehouse_rows: 8,
      rows_missing: 0,
      bytes: 3_000,
    })
    expect(topics[1]).toMatchObject({ blocks: 0, lag_messages: 0, newest_block_at: null })
    expect(state.dead_letter_messages).toBe(4)
    expect(refusals.map(({ reason, lines }) => [reason, lines])).toEqual([
      ['unknown_store', 3],
      ['price_zero', 2],
    ])
    expect(refusals[0]!.fix).toMatch(/Publish the store/)
    expect(state.latest_blocks).toHaveLength(4)
    expect(state.latest_dead_letters.map(({ reason }) => reason)).toEqual([
      'unknown_store',
      'price_zero',
      'price_zero',
    ])
    expect(state.latest_dead_letters[1]!.payload).toHaveLength(2_000)
    // Of the sales 109 messages came within 2 s, one took 9 s; what is not a sale does not count.
    expect(state.latency.p50_ms).toBe(2_000)
    expect(state.latency.p99_ms).toBe(2_000)
  })

  test('sales by store and hour: by currency, in the range, without weighed goods in the pieces', async () => {
    const at = Date.now()
    const range = `from=${new Date(at - 3_600_000).toISOString()}&to=${new Date(at + 3_600_000).toISOString()}`
    const all = await get<SalesByStoreHour>(`/api/v1/sales/by-store-hour?${range}`)
    const sums = new Map<string, number>()
    for (const row of all.rows) {
      const key = `${row.store_id} ${row.currency}`
      sums.set(key, (sums.get(key) ?? 0) + row.net_amount)
    }
    expect(Object.fromEntries(sums)).toEqual({ 'S1 GBP': 265, 'S2 EUR': 900 })
    expect(all.rows.reduce((sum, { pieces }) => sum + pieces, 0)).toBe(2 - 1 + 1 + 1)
    const one = await get<SalesByStoreHour>(`/api/v1/sales/by-store-hour?${range}&store_id=S2`)
    expect(one.rows.map(({ store_id, lines }) => [store_id, lines])).toEqual([['S2', 1]])
  })
})

test.each([
  ['from=yesterday&to=2026-01-02T00:00:00Z', 'invalid_request', '"from" is "yesterday"'],
  ['to=2026-01-02T00:00:00Z', 'invalid_request', '"from" is missing'],
  ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'range_empty', 'is not before'],
  ['from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z', 'range_too_long', 'at most 31 days'],
  ['from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&store_id=%27', 'invalid_request', '"store_id"'],
])('the range %s is refused with its fix', async (query, error, message) => {
  const answer = await app.inject({
    url: `/api/v1/sales/by-store-hour?${query}`,
    headers: { host: 'localhost' },
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toEqual({ error, message: expect.stringContaining(message) })
})

test('parts that do not answer are unhealthy, and the answer is there within seconds', async () => {
  const startTime = performance.now()
  const { healthy, parts } = await get<Health>('/api/v1/health')
  expect(performance.now() - startTime).toBeLessThan(3_000)
  expect(healthy).toBe(false)
  expect(parts.map((part) => [part.name, part.healthy])).toEqual([
    ['kafka', false],
    ['lake', false],
    ['warehouse', true],
    ['operational', false],
    ['ingest', false],
    ['api', true],
  ])
  for (const part of parts) expect(part.detail === '').toBe(part.healthy)
  expect((await get<PipelineState>('/api/v1/pipeline')).parts).toHaveLength(6)
})

describe('stream', () => {
  let address: string
  beforeAll(async () => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    address = `127.0.0.1:${(app.server.address() as AddressInfo).port}`
  })

  test('the state comes at once, and again when a sale arrives', async () => {
    const socket = new WebSocket(`ws://${address}/api/v1/stream?channels=live`)
    const states: LiveState[] = []
    const channels = new Set<string>()
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data))
      channels.add(message.channel)
      states.push(message.state)
    })
    await vi.waitFor(() => expect(states).not.toHaveLength(0), { timeout: 10_000 })
    const total = states[0]!.lines_total

    await insert(warehouse.client, 'fact_sales', [sale({ partition: 1, offset: 9, basket_id: 'B9' })])
    await vi.waitFor(() => expect(states.at(-1)!.lines_total).toBe(total + 1), { timeout: 10_000 })
    expect([...channels]).toEqual(['live'])
    const closed = once(socket, 'close')
    socket.close()
    await closed
  })

  test('a warehouse that is away does not end the stream', async () => {
    const lone = await buildTestServer({ broker })
    await lone.listen({ host: '127.0.0.1', port: 0 })
    const { port } = lone.server.address() as AddressInfo
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/stream`)
    const channels: string[] = []
    socket.addEventListener('message', ({ data }) => channels.push(JSON.parse(String(data)).channel))
    await vi.waitFor(() => expect(channels).toContain('pipeline'), { timeout: 10_000 })
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(channels).not.toContain('live')
    const answer = await lone.inject({ url: '/api/v1/live', headers: { host: 'localhost' } })
    expect(answer.statusCode).toBe(503)
    expect(answer.json().error).toBe('warehouse_unavailable')
    const closed = once(socket, 'close')
    await lone.close()
    await closed
  })
})
