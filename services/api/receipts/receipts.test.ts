/** One thread, in both directions, on real stores; each claim of the warehouse is proved again as user analyst. */
import type { Hop, ReceiptAnswer } from '@shelfcast/contracts/receipts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import {
  fillThread,
  PLAN,
  SKU,
  SOLD_ON,
  STORE,
  THREAD_ORIGIN,
  type ThreadOrders,
} from '../../../test/api/receipts.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { askServer } from '../../../test/platform/clickhouse.ts'
import { startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let warehouse: TestWarehouse
let store: TestStore
let app: App
let orders: ThreadOrders

beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  orders = await fillThread(warehouse.client, store.client)
  app = await buildTestServer({
    warehouse: warehouse.client,
    operational: store.client,
    readObject: async (zone, name) =>
      zone === 'raw' && name.startsWith('sales-transactions/')
        ? { bytes: 1_000, etag: 'e1', metadata: { 'begin-offset': '100', 'end-offset': '120' } }
        : undefined,
    broker: {
      ranges: async () => new Map([['sales-transactions', [{ partition: 3, low: 102, high: 120 }]]]),
      close: async () => {},
    },
  })
}, 120_000)
afterAll(async () => {
  await app?.close()
  await Promise.all([warehouse?.stop(), store?.stop()])
})

const ask = (path: string) => app.inject({ url: `/api/v1/receipts/${path}`, headers: { host: '127.0.0.1' } })
async function receipt(path: string): Promise<ReceiptAnswer> {
  const answer = await ask(path)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<ReceiptAnswer>()
}
const hopOf = ({ hops }: ReceiptAnswer, kind: Hop['kind']): Hop => {
  const hop = hops.find((one) => one.kind === kind)
  expect(hop, `a hop of the kind ${kind}`).toBeDefined()
  return hop!
}
const kindsOf = ({ hops }: ReceiptAnswer) => hops.map(({ kind }) => kind)
const figuresOf = ({ rows }: Hop) => rows.map(({ figures }) => figures)

test('back: from the line of an order to single baskets', async () => {
  const answer = await receipt(`order~${STORE}~${orders.order}~1`)
  expect(answer.direction).toBe('back')
  expect(kindsOf(answer)).toEqual([
    'order',
    'plan',
    'forecast',
    'features',
    'window',
    'day',
    'block',
    'basket',
  ])
  expect(hopOf(answer, 'order')).toMatchObject({
    words: expect.stringContaining('18 each of P1; the plan said 12, and a person changed it'),
    links: [`plan~${PLAN}~${STORE}~${SKU}`],
  })
  expect(figuresOf(hopOf(answer, 'plan'))).toMatchObject([
    { step: 'order_up_to', before: 0, after: 11, facts: '{"service":0.95}' },
    { step: 'pack_multiple', before: 11, after: 12 },
  ])
  const forecast = hopOf(answer, 'forecast')
  expect(forecast.figures).toMatchObject({ mean: 13, made_at: '2026-03-03T05:02:00.000Z' })
  expect(figuresOf(forecast)[0]).toMatchObject({
    day: '2026-03-03',
    p10: 2,
    words: ['the average over all products and days is 4.0', 'recent sales add 2.0'],
  })
  // The order comes on the second day: that is the day whose features are shown.
  const features = hopOf(answer, 'features')
  expect(features.id).toBe(`features~0123456789ab~${STORE}~${SKU}~${THREAD_ORIGIN}~2`)
  expect(features.figures).toMatchObject({ read_from: 'warehouse', same_as_scored: true })
  expect(features.missing).toMatch(/no object features\/forecast\/features.parquet any more/)
  expect(figuresOf(features)[0]).toEqual({
    input: 'lag_1',
    value: 0,
    reason: 'recent sales',
    reads: 'the day of the origin',
  })
  expect(hopOf(answer, 'window').figures).toMatchObject({ lag_1: 0, same_as_features: true })
  // The newest live day that sold something.
  const day = hopOf(answer, 'day')
  expect(day.id).toBe(`day~${STORE}~${SKU}~${SOLD_ON}`)
  expect(day.figures).toMatchObject({
    units: 9,
    units_of_lines: 9,
    same_as_lines: true,
    lines_sold: 3,
    lines_returned: 1,
    returned: 1,
  })
  expect(figuresOf(day).map(({ basket_id }) => basket_id)).toEqual(['B1', 'B2', 'B4', 'B3'])
  expect(day.rows[0]!.figures.block).toBe('raw/sales-transactions/p=03/00000000000000000100.parquet')
  expect(hopOf(answer, 'block').figures).toMatchObject({
    begin_offset: 100,
    end_offset: 120,
    in_lake: true,
    etag: 'e1',
    same_as_object: true,
    in_kafka: false,
    kafka_first_offset: 102,
  })
  const basket = hopOf(answer, 'basket')
  expect(figuresOf(basket).map(({ line_no, sku }) => [line_no, sku])).toEqual([
    [1, 'P1'],
    [2, 'P2'],
    [undefined, undefined],
  ])
  expect(basket.rows.at(-1)!.figures).toMatchObject({
    reason: 'duplicate_line',
    dead_letter: 'sales-transactions/3/101/3',
  })
})

test.each([
  ['scan', `scan~${STORE}~B2~1`],
  ['line', 'line~sales-transactions~0~3~102~1'],
])('forward: from a %s to the forecasts and orders that it took part in', async (kind, id) => {
  const answer = await receipt(id)
  expect(answer.direction).toBe('forward')
  expect(kindsOf(answer)).toEqual([kind, 'block', 'day', 'uses', 'orders'])
  expect(answer.hops[0]!.rows[0]!.figures).toMatchObject({
    basket_id: 'B2',
    quantity: 2,
    event_time: '2026-02-28T17:00:00.250Z',
  })
  expect(hopOf(answer, 'block').figures).toMatchObject({ in_kafka: true })
  // An origin before the day read nothing of it.
  expect(figuresOf(hopOf(answer, 'uses'))).toMatchObject([
    { origin: THREAD_ORIGIN, model_version: 'v1', age: 2, days: 2, mean: 13, knew_the_line: true },
    { origin: THREAD_ORIGIN, model_version: 'baseline:ses', inputs: ['baseline_ses'] },
  ])
  expect(figuresOf(hopOf(answer, 'uses'))[0]!.inputs).toEqual(
    expect.arrayContaining(['mean_7', 'mean_28', 'weekday_28']),
  )
  expect(figuresOf(hopOf(answer, 'uses'))[0]!.inputs).not.toContain('lag_1')
  expect(hopOf(answer, 'orders').rows).toMatchObject([
    { id: `plan~${PLAN}~${STORE}~${SKU}`, figures: { quantity: 12 } },
    { id: `order~${STORE}~${orders.order}~1`, figures: { quantity: 18, state: 'edited' } },
  ])
})

test('each claim of the warehouse is proved by its query, as user analyst', async () => {
  const ids = [
    `order~${STORE}~${orders.order}~1`,
    `scan~${STORE}~B2~1`,
    `basket~${STORE}~B6`,
    `day~${STORE}~${SKU}~2026-02-20`,
  ]
  const answers = await Promise.all(ids.map(receipt))
  const proofs = answers.flatMap(({ hops }) => hops).flatMap((hop) => hop.proofs)
  expect(new Set(proofs.map(({ backend }) => backend))).toEqual(
    new Set(['warehouse', 'operational', 'lake', 'kafka']),
  )
  for (const { statement, parameters } of proofs.filter(({ backend }) => backend === 'warehouse')) {
    const url = {
      database: 'shelfcast',
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`param_${name}`, value])),
    }
    const answer = await askServer(warehouse.process, 'analyst', statement, { url })
    expect(answer.code, `${statement}\n${answer.text}`).toBe(0)
  }
  // And the answer is the hop's.
  const { statement, parameters } = hopOf(answers[1]!, 'scan').proofs.at(-1)!
  expect(statement).toMatch(/^select\n {4}sales\.epoch as epoch,/)
  expect(parameters).toMatchObject({ store_id: STORE, basket_id: 'B2' })
})

test('rows of a hop come in pages, each once and none twice', async () => {
  for (const [id, limit, all] of [
    [`day~${STORE}~${SKU}~${SOLD_ON}`, 1, 4],
    [`window~${STORE}~${SKU}~${THREAD_ORIGIN}`, 13, 39],
    [`basket~${STORE}~B1`, 1, 2],
    [`uses~${STORE}~${SKU}~${SOLD_ON}`, 1, 2],
  ] as const) {
    const rows: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const [hop]: Hop[] = (
        await receipt(`${id}?limit=${limit}${next && `&after=${encodeURIComponent(next)}`}`)
      ).hops
      rows.push(
        ...hop!.rows.filter(({ figures }) => !('dead_letter' in figures)).map((row) => JSON.stringify(row)),
      )
      next = hop!.next
    }
    expect(rows, id).toHaveLength(all)
    expect(new Set(rows).size, id).toBe(all)
  }
})

test('what was refused says so with its letter, and goes no further', async () => {
  const answer = await receipt(`basket~${STORE}~B9`)
  expect(answer.hops[0]!.words).toMatch(
    /B9 of store NYC-01 is not among what was accepted\. The message was refused as unknown_store/,
  )
  expect(answer.hops[0]!.rows[0]).toMatchObject({
    id: 'block~sales-transactions~0~3~110',
    figures: { dead_letter: 'sales-transactions/3/110/0' },
  })
  const line = await receipt(`scan~${STORE}~B1~3`)
  expect(kindsOf(line)).toEqual(['scan', 'block'])
  expect(line.hops[0]!.words).toMatch(/Line 3 was refused as duplicate_line: line 2 again\. The rule: /)
  expect(kindsOf(await receipt('line~sales-transactions~0~3~110~0'))).toEqual(['line', 'block'])
})

test('a line that came in corrected is in its basket', async () => {
  const [basket] = (await receipt(`basket~${STORE}~B6`)).hops
  expect(figuresOf(basket!)).toMatchObject([{ sku: 'P3', replay_of: 'sales-transactions/3/99/2' }])
})

test('a day of a history has its row and its object instead of baskets', async () => {
  const answer = await receipt(`day~${STORE}~${SKU}~2026-02-20`)
  expect(kindsOf(answer)).toEqual(['day'])
  expect(answer.hops[0]!.figures).toMatchObject({
    units: 5,
    source: 'world-1',
    history_units: 5,
    revenue: 500,
  })
  // This warehouse has no lake, and says so.
  expect(answer.hops[0]!.missing).toMatch(/^The lake was not read: /)
})

test('a thread that ends early says why', async () => {
  expect((await receipt(`order~${STORE}~${orders.byHand}~1`)).hops).toMatchObject([
    { kind: 'order', missing: expect.stringMatching(/^A person wrote this order/) },
  ])
  expect((await receipt(`plan~${PLAN}~${STORE}~P2`)).hops).toMatchObject([
    {
      kind: 'plan',
      missing: expect.stringMatching(/had no forecast/),
      words: expect.stringMatching(/orders nothing/),
    },
  ])
  expect(hopOf(await receipt(`uses~${STORE}~${SKU}~2026-12-01`), 'uses').words).toMatch(/^No forecast/)
})

test('a thread is told as far as it can be while lake, Kafka and operational store are away', async () => {
  const away = async () => {
    throw new Error('nobody answers')
  }
  const alone = await buildTestServer({
    warehouse: warehouse.client,
    readObject: away,
    broker: { ranges: away, close: async () => {} },
  })
  const answerOf = async (id: string) => {
    const answer = await alone.inject({ url: `/api/v1/receipts/${id}`, headers: { host: '127.0.0.1' } })
    expect(answer.statusCode, answer.body).toBe(200)
    return answer.json<ReceiptAnswer>()
  }
  const back = await answerOf(`plan~${PLAN}~${STORE}~${SKU}`)
  expect(kindsOf(back)).toEqual(['plan', 'forecast', 'features', 'window', 'day', 'block', 'basket'])
  expect(hopOf(back, 'features').missing).toMatch(/^The lake did not answer, .* nobody answers\. Start it/)
  expect(hopOf(back, 'features').figures.same_as_scored).toBeUndefined()
  expect(hopOf(back, 'block').figures).toMatchObject({ in_lake: null, in_kafka: null, begin_offset: 100 })
  const forward = await answerOf(`scan~${STORE}~B2~1`)
  expect(hopOf(forward, 'orders')).toMatchObject({
    rows: [{ id: `plan~${PLAN}~${STORE}~${SKU}` }],
    missing: expect.stringMatching(/^The operational store did not answer/),
  })
  await alone.close()
})

test.each([
  [`order~${STORE}~NOPE~1`, /has no order "NOPE" with a line 1/],
  [`plan~NOPE~${STORE}~${SKU}`, /has no line of SKU "P1" in store "NYC-01" in plan "NOPE"/],
  [`forecast~${STORE}~${SKU}~2026-03-02~v9`, /no forecast of SKU "P1"/],
  [`scan~${STORE}~B1~99`, /Line 99 of basket B1/],
  [`basket~${STORE}~NOPE`, /Basket NOPE of store NYC-01/],
  ['line~sales-transactions~0~5~1~1', /offset 1 of sales-transactions, partition 5/],
  ['line~inventory-updates~0~5~1~0', /offset 1 of inventory-updates, partition 5/],
])('404 of %s names it', async (id, message) => {
  const answer = await ask(id)
  expect(answer.statusCode, answer.body).toBe(404)
  expect(answer.json().message).toMatch(message)
})

test.each([
  ['day~S1~P1~2026-02-30', 'receipt_id'],
  ['nothing', 'receipt_id'],
  [`day~${STORE}~${SKU}~${SOLD_ON}?after=1~x`, 'after'],
  [`window~${STORE}~${SKU}~${SOLD_ON}?after=2026-02-30`, 'after'],
  [`uses~${STORE}~${SKU}~${SOLD_ON}?after=2026-02-30~champion~v1`, 'after'],
  ['order~S1~PO-1~1?after=1', 'after'],
  [`day~${STORE}~${SKU}~${SOLD_ON}?limit=365`, 'limit'],
])('400 of %s names "%s"', async (path, name) => {
  const answer = await ask(path)
  expect(answer.statusCode, answer.body).toBe(400)
  expect(answer.json().message).toContain(`"${name}"`)
})
