import type {
  DeadLetterDetail,
  DeadLetterList,
  ReplayAnswer,
  ReplayOutcomes,
} from '@shelfcast/contracts/dead-letters'
import { createKafka } from '@shelfcast/runtime/kafka'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { block, buildTestServer, deadLetter, quiet, sale } from '../../../test/api/fixture.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { fault } from '../http/errors.ts'
import type { App } from '../http/schemas.ts'
import type { ReplayMessage } from './message.ts'
import { createSender, type Sender } from './sender.ts'

// Processes start here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000 })

let warehouse: TestWarehouse
let app: App

/** A broker with one partition, whose next offset is the number of messages that it took. */
const outbox: ReplayMessage[] = []
let failAfter = Number.POSITIVE_INFINITY
const sender: Sender = {
  async send(_topic, messages) {
    if (outbox.length >= failAfter) throw fault(503, 'broker_unavailable', 'Kafka is away.')
    return messages.map((message) => ({ partition: 0, offset: 1_000 + outbox.push(message) - 1 }))
  },
  close: async () => {},
}

beforeAll(async () => {
  warehouse = await startWarehouse()
  app = await buildTestServer({ warehouse: warehouse.client, sender })
}, 90_000)

afterAll(async () => {
  await app?.close()
  await warehouse?.stop()
})

const TABLES = ['dead_letters', 'dead_letter_replays', 'fact_sales', 'lake_objects']
beforeEach(async () => {
  for (const table of TABLES) await warehouse.client.command({ query: `truncate table ${table}` })
  outbox.length = 0
  failAfter = Number.POSITIVE_INFINITY
})

const HOST = { host: '127.0.0.1' }
async function get<T>(url: string): Promise<T> {
  const answer = await app.inject({ url: `/api/v1/dead-letters${url}`, headers: HOST })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<T>()
}
async function post(body: object) {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/dead-letters/replays',
    headers: HOST,
    payload: body,
  })
  return { status: answer.statusCode, body: answer.json<ReplayAnswer & { error: string; message: string }>() }
}
const offsets = ({ letters }: DeadLetterList) => letters.map(({ offset }) => offset)
const place = (offset: number, line = 0) => `sales-transactions/0/${offset}/${line}`
const T0 = Date.UTC(2026, 2, 1)

describe('the list', () => {
  beforeEach(() =>
    insert(warehouse.client, 'dead_letters', [
      deadLetter({ offset: 1, produced_at: T0 + 1_000 }),
      deadLetter({ offset: 2, produced_at: T0 + 2_000, reason: 'not_json', store_id: '', message_id: '' }),
      deadLetter({ offset: 3, produced_at: T0 + 2_000, line_no: 2, reason: 'price_zero', line_count: 1 }),
      deadLetter({ offset: 3, produced_at: T0 + 2_000, line_no: 4, reason: 'price_zero', line_count: 1 }),
      deadLetter({ epoch: 1, offset: 1, produced_at: T0 + 3_000, topic: 'pos-events', message_id: 'E1' }),
    ]),
  )

  test('newest first, page by page, each once', async () => {
    const positions: string[] = []
    let url = '?limit=2'
    for (;;) {
      const page = await get<DeadLetterList>(url)
      positions.push(...page.letters.map(({ position }) => position))
      if (page.next === null) break
      url = `?limit=2&cursor=${encodeURIComponent(page.next)}`
    }
    expect(positions).toEqual(['pos-events@1/0/1/0', place(2), place(3, 2), place(3, 4), place(1)])
  })

  test.each([
    ['topic=pos-events', [1]],
    ['reason=price_zero', [3, 3]],
    ['store_id=S404&topic=sales-transactions&reason=unknown_store', [1]],
    ['message_id=E1', [1]],
    ['from=2026-03-01T00:00:02Z&to=2026-03-01T00:00:03Z', [2, 3, 3]],
    ['state=accepted', []],
  ])('the filter %s finds its letters', async (query, expected) => {
    expect(offsets(await get<DeadLetterList>(`?${query}`))).toEqual(expected)
  })

  test('counts are of all that match, each facet without its own part of the filter', async () => {
    const { letters, reasons, states } = await get<DeadLetterList>(
      '?topic=sales-transactions&reason=price_zero&limit=1',
    )
    expect(letters).toHaveLength(1)
    expect(reasons.map(({ reason, letters, lines }) => [reason, letters, lines])).toEqual([
      ['price_zero', 2, 2],
      ['not_json', 1, 3],
      ['unknown_store', 1, 3],
    ])
    expect(reasons[0]!.fix).toMatch(/shelf price/)
    expect(states.map(({ state, letters }) => [state, letters])).toEqual([
      ['open', 2],
      ['replayed', 0],
      ['accepted', 0],
      ['settled', 0],
    ])
  })

  test.each([
    ['?cursor=nonsense', 'cursor_unknown'],
    ['?limit=201', 'invalid_request'],
    ['?state=lost', 'invalid_request'],
    ['/sales-transactions/0/0/-1/0', 'invalid_request'],
    ['/truth/0/0/1/0', 'invalid_request'],
    ['/sales-transactions/0/0/99/0', 'no_such_dead_letter'],
  ])('%s is refused: %s', async (url, error) => {
    const answer = await app.inject({ url: `/api/v1/dead-letters${url}`, headers: HOST })
    expect(answer.json()).toMatchObject({ error })
    expect(answer.statusCode).toBe(error === 'no_such_dead_letter' ? 404 : 400)
  })
})

describe('one dead letter', () => {
  test('has its bytes whole, and text only where they are UTF-8', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
    await insert(warehouse.client, 'dead_letters', [
      deadLetter({ offset: 7, payload: `{"name":"${'é'.repeat(3_000)}"}` }),
    ])
    await warehouse.client.command({
      query: `insert into dead_letters (topic, offset, reason, payload)
        values ('sales-transactions', 8, 'not_json', unhex('${bytes.toString('hex')}'))`,
    })
    await insert(warehouse.client, 'lake_objects', [
      block({ end_offset: 5 }),
      block({ key: 'raw/second', begin_offset: 5, end_offset: 8 }),
    ])
    const text = await get<DeadLetterDetail>('/sales-transactions/0/0/7/0')
    expect(text.payload.text).toHaveLength(3_011)
    expect(text).toMatchObject({ block: 'raw/second', envelope: null, origins: [], attempts: [] })
    const binary = await get<DeadLetterDetail>('/sales-transactions/0/0/8/0')
    expect(binary.payload).toEqual({ bytes: 4, text: null, base64: bytes.toString('base64') })
    expect(binary.block).toBeNull()
  })

  test('goes from open over replayed to accepted, and is traced both ways', async () => {
    await insert(warehouse.client, 'dead_letters', [deadLetter({ offset: 5, produced_at: T0 })])
    const state = async (offset: number) =>
      (await get<DeadLetterDetail>(`/sales-transactions/0/0/${offset}/0`)).state
    expect(await state(5)).toBe('open')

    const answer = await post({ positions: [place(5)] })
    expect(answer.body).toEqual({
      skipped: [],
      left: 0,
      sent: [
        {
          position: place(5),
          replay_of: place(5),
          topic: 'sales-transactions',
          partition: 0,
          offset: 1_000,
        },
      ],
    })
    const waiting = await get<DeadLetterDetail>('/sales-transactions/0/0/5/0')
    expect(waiting).toMatchObject({ state: 'replayed', attempts: [{ offset: 1_000, outcome: 'waiting' }] })

    // It comes back refused once more: that one is open, and the first stays replayed.
    const headers = { replay_of: place(5), produced_at: Number(outbox[0]!.headers.produced_at) }
    await insert(warehouse.client, 'dead_letters', [
      deadLetter({ ...headers, offset: 1_000, detail: 'again' }),
    ])
    expect([await state(5), await state(1_000)]).toEqual(['replayed', 'open'])
    const refused = await get<DeadLetterDetail>('/sales-transactions/0/0/5/0')
    expect(refused.attempts).toMatchObject([
      { outcome: 'refused', refused: [{ position: place(1_000), detail: 'again' }] },
    ])

    // The second attempt names the first refusal, and both are accepted when it is.
    await vi.waitUntil(() => Date.now() > headers.produced_at)
    await post({ positions: [place(1_000)], value: '{"store_id":"S1"}', force: true })
    expect(outbox[1]).toMatchObject({ key: 'S1', headers: { replay_of: place(5) } })
    expect([await state(5), await state(1_000)]).toEqual(['replayed', 'replayed'])
    await insert(warehouse.client, 'fact_sales', [
      sale({ offset: 1_001, replay_of: place(5), produced_at: Number(outbox[1]!.headers.produced_at) }),
    ])
    await insert(warehouse.client, 'lake_objects', [
      block({ key: 'raw/last', begin_offset: 1_001, end_offset: 1_002 }),
    ])
    expect([await state(5), await state(1_000)]).toEqual(['accepted', 'accepted'])
    const detail = await get<DeadLetterDetail>('/sales-transactions/0/0/1000/0')
    expect(detail.origins.map(({ position }) => position)).toEqual([place(5)])
    expect(detail.attempts.map(({ offset, outcome, block }) => [offset, outcome, block])).toEqual([
      [1_000, 'refused', null],
      [1_001, 'accepted', 'raw/last'],
    ])
    const outcomes = `/replays?from=${new Date(headers.produced_at).toISOString()}`
    expect(await get<ReplayOutcomes>(outcomes)).toEqual({ sent: 2, waiting: 0, accepted: 1, refused: 1 })
  })

  test('a line of a replayed message is open by itself, though the message was accepted', async () => {
    await insert(warehouse.client, 'dead_letters', [
      deadLetter({ offset: 5, produced_at: T0 }),
      deadLetter({ offset: 9, line_no: 2, produced_at: T0 + 1_000, replay_of: place(5) }),
      deadLetter({ offset: 9, line_no: 1, produced_at: T0 + 1_000, replay_of: place(5) }),
      // The replay of a line that was refused again is an attempt of that line.
      deadLetter({ offset: 11, line_no: 1, produced_at: T0 + 2_000, replay_of: place(9, 1) }),
    ])
    await insert(warehouse.client, 'fact_sales', [
      sale({ offset: 9, line_no: 3, replay_of: place(5), produced_at: T0 + 1_000 }),
    ])
    const { letters } = await get<DeadLetterList>('')
    expect(letters.map(({ position, state }) => [position, state])).toEqual([
      [place(11, 1), 'open'],
      [place(9, 1), 'replayed'],
      [place(9, 2), 'open'],
      [place(5), 'accepted'],
    ])
  })
})

describe('what is settled by rule', () => {
  beforeEach(() =>
    insert(warehouse.client, 'dead_letters', [
      deadLetter({ offset: 1, produced_at: T0, reason: 'repeated' }),
      deadLetter({ offset: 2, line_no: 3, line_count: 1, produced_at: T0 + 1, reason: 'duplicate_line' }),
      deadLetter({ offset: 3, produced_at: T0 + 2 }),
    ]),
  )

  const stateCounts = async () =>
    Object.fromEntries(
      (await get<DeadLetterList>('')).states
        .filter(({ letters }) => letters > 0)
        .map(({ state, letters }) => [state, letters]),
    )

  test('asks nothing of anybody, is counted by reason, says why, and can be looked at', async () => {
    expect(await stateCounts()).toEqual({ open: 1, settled: 2 })
    expect(offsets(await get<DeadLetterList>('?state=open'))).toEqual([3])
    const { reasons, letters } = await get<DeadLetterList>('?state=settled')
    expect(letters.map(({ offset, state }) => [offset, state])).toEqual([
      [2, 'settled'],
      [1, 'settled'],
    ])
    expect(reasons.map(({ reason, settled, lines }) => [reason, settled, lines])).toEqual([
      ['duplicate_line', expect.stringContaining('first scan'), 1],
      ['repeated', expect.stringContaining('accepted before'), 3],
    ])
    const open = await get<DeadLetterList>('?state=open')
    expect(open.reasons.map(({ reason, settled }) => [reason, settled])).toEqual([['unknown_store', null]])
    expect(await get<DeadLetterDetail>('/sales-transactions/0/0/1/0')).toMatchObject({ state: 'settled' })
  })

  test('goes out by its position or state, and never among all that match', async () => {
    const sentBy = async (body: object) => (await post(body)).body.sent.map(({ position }) => position)
    expect(await sentBy({ filter: {} })).toEqual([place(3)])
    expect(await sentBy({ filter: {}, again: true })).toEqual([place(3)])
    expect(await sentBy({ filter: { reason: 'repeated' }, again: true })).toEqual([])
    expect(await sentBy({ filter: { state: 'settled', reason: 'repeated' } })).toEqual([place(1)])
    expect((await post({ positions: [place(2, 3)] })).body.skipped).toMatchObject([
      { why: expect.stringContaining('basket') },
    ])
    expect(await stateCounts()).toEqual({ replayed: 2, settled: 1 })
  })

  test('sent again and refused, it is open: somebody wanted it in', async () => {
    await insert(warehouse.client, 'dead_letters', [
      deadLetter({ offset: 9, produced_at: T0 + 9, reason: 'repeated', replay_of: place(1) }),
      // A double scan in a message that was corrected is one like any other.
      deadLetter({
        offset: 10,
        line_no: 2,
        produced_at: T0 + 10,
        reason: 'duplicate_line',
        replay_of: place(3),
      }),
    ])
    const { letters } = await get<DeadLetterList>('')
    expect(letters.map(({ offset, state }) => [offset, state])).toEqual([
      [10, 'settled'],
      [9, 'open'],
      [3, 'replayed'],
      [2, 'settled'],
      [1, 'replayed'],
    ])
    expect(offsets(await get<DeadLetterList>('?state=open'))).toEqual([9])
  })
})

describe('replays', () => {
  const many = (count: number) =>
    insert(
      warehouse.client,
      'dead_letters',
      Array.from({ length: count }, (_, index) =>
        deadLetter({ offset: index, produced_at: T0 + index, payload: `{"n":${index}}` }),
      ),
    )

  test('all that match go out oldest first, as far as the limit, and none twice', async () => {
    await many(450)
    const first = await post({ filter: { reason: 'unknown_store' }, limit: 300 })
    expect(first.body.sent).toHaveLength(300)
    expect(first.body.left).toBe(150)
    const second = await post({ filter: { reason: 'unknown_store' }, limit: 300 })
    expect([second.body.sent.length, second.body.left]).toEqual([150, 0])
    expect(outbox.map(({ value }) => value.toString())).toEqual(
      Array.from({ length: 450 }, (_, index) => `{"n":${index}}`),
    )
    expect((await post({ filter: {} })).body.sent).toEqual([])
    expect((await post({ filter: { to: '2026-03-01T00:00:00.010Z' }, again: true })).body.sent).toHaveLength(
      10,
    )
  })

  test('a replay that is refused while others still go out is not sent again by the same call', async () => {
    await many(201)
    const send = sender.send
    vi.spyOn(sender, 'send').mockImplementation(async (topic, messages) => {
      await insert(
        warehouse.client,
        'dead_letters',
        messages.map(({ headers }, index) =>
          deadLetter({
            offset: 5_000 + outbox.length + index,
            replay_of: headers.replay_of,
            produced_at: Number(headers.produced_at),
          }),
        ),
      )
      return send(topic, messages)
    })
    const { body } = await post({ filter: {} })
    vi.restoreAllMocks()
    expect([body.sent.length, body.left]).toEqual([201, 0])
  })

  test('two calls at once send each letter once', async () => {
    await many(20)
    const answers = await Promise.all([post({ filter: {} }), post({ filter: {} })])
    expect(answers.map(({ body }) => body.sent.length)).toEqual([20, 0])
    expect(outbox).toHaveLength(20)
  })

  test('of chosen ones, those that were sent before are skipped and named', async () => {
    await many(3)
    await post({ positions: [place(1)] })
    const { body } = await post({ positions: [place(2), place(1), place(0)] })
    expect(body.sent.map(({ position }) => position)).toEqual([place(0), place(2)])
    expect(body.skipped).toEqual([{ position: place(1), why: expect.stringContaining('again') }])
  })

  test('when the broker goes away in the middle, what went out counts as sent and the rest does not', async () => {
    await many(450)
    failAfter = 200
    const { status, body } = await post({ filter: {} })
    expect([status, body.error]).toEqual([503, 'broker_unavailable'])
    expect(body.message).toContain('200 went out before')
    failAfter = Number.POSITIVE_INFINITY
    expect((await post({ filter: {} })).body.sent).toHaveLength(250)
  })

  test.each([
    [{}, 'invalid_request'],
    [{ positions: [place(0)], filter: {} }, 'invalid_request'],
    [{ positions: [place(0), place(1)], value: '{}' }, 'invalid_request'],
    [{ positions: [] }, 'invalid_request'],
    [{ filter: {}, limit: 10_001 }, 'invalid_request'],
    [{ positions: ['nowhere'] }, 'position_unknown'],
    [{ positions: [place(0), place(77)] }, 'no_such_dead_letter'],
    [{ positions: [place(0)], value: '{"lines":[{"line_no":0}]}' }, 'value_refused'],
  ])('%j is refused, and nothing is sent', async (body, error) => {
    await many(1)
    const answer = await post(body)
    expect(answer.body).toMatchObject({ error })
    expect(outbox).toEqual([])
    if (error === 'value_refused') expect(answer.body.message).toContain('/lines/0/line_no')
  })

  test('without a broker the answer names it within seconds, and the letter stays open', async () => {
    await many(1)
    const brokers = '127.0.0.1:9'
    const alone = createSender(createKafka({ brokers, clientId: 'test', log: quiet, retries: 1 }), brokers)
    const cut = await buildTestServer({ warehouse: warehouse.client, sender: alone })
    const answer = await cut.inject({
      method: 'POST',
      url: '/api/v1/dead-letters/replays',
      headers: HOST,
      payload: { positions: [place(0)] },
    })
    await cut.close()
    await alone.close()
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toEqual({ error: 'broker_unavailable', message: expect.stringContaining(brokers) })
    expect((await get<DeadLetterDetail>('/sales-transactions/0/0/0/0')).state).toBe('open')
  })

  test('a line whose basket cannot be found is skipped', async () => {
    await insert(warehouse.client, 'dead_letters', [deadLetter({ offset: 5, line_no: 1 })])
    const { body } = await post({ positions: [place(5, 1)] })
    expect(body).toMatchObject({ sent: [], skipped: [{ position: place(5, 1) }] })
  })
})
