/** From a refusal to its correction on the whole stack: found, corrected, sent again, accepted once, traced both ways. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import type {
  DeadLetterDetail,
  DeadLetterList,
  DeadLetterSummary,
  ReplayAnswer,
  ReplayRequest,
} from '@shelfcast/contracts/dead-letters'
import type { Basket, SaleLine } from '@shelfcast/contracts/events'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { produce, publishReference } from '../stack/dirt.ts'
import { lakeOf, messagesOf, type StackVariables, until, warehouseOf } from '../stack/figures.ts'

let folder: string
let stack: Stack
let variables: StackVariables
let address: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-dead-letters-'))
  const parts = ['kafka', 'lake', 'warehouse', 'ingest', 'api'] as const
  stack = await startStack({ dataDir: folder, ports: 'free', parts })
  variables = stack.environment
  address = `http://127.0.0.1:${stack.ports.api.http}/api/v1/dead-letters`
  await publishReference(variables)
}, 180_000)

afterAll(async () => {
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

const AT = '2026-03-01T10:00:00.000Z'

function line(overrides: Partial<SaleLine> = {}): SaleLine {
  return {
    line_no: 1,
    sku: 'T-1',
    quantity: 2,
    unit: 'each',
    unit_price: 150,
    discount: 10,
    scanned_at: AT,
    ...overrides,
  }
}

function basket(overrides: Partial<Basket> = {}): Basket {
  return {
    basket_id: 'B1',
    kind: 'sale',
    store_id: 'T1',
    till_id: 4,
    cashier_id: 'C7',
    customer_id: 'K3',
    event_time: AT,
    currency: 'GBP',
    lines: [line()],
    payment: 'cash',
    total: 290,
    ...overrides,
  }
}

const send = (value: Basket | Buffer, key = 'T1') =>
  produce(variables, [{ key, value: Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)) }])

async function ask<T>(path: string, body?: ReplayRequest): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const post = body && { method: 'POST', headers, body: JSON.stringify(body) }
  return (await fetch(address + path, post)).json() as Promise<T>
}
const replay = (body: ReplayRequest) =>
  ask<ReplayAnswer & { error?: string; message?: string }>('/replays', body)
const detail = ({ topic, epoch, partition, offset, line }: DeadLetterSummary) =>
  ask<DeadLetterDetail>(`/${topic}/${epoch}/${partition}/${offset}/${line}`)

/** Waits until as many dead letters match, and the ledger names their blocks. */
async function letters(query: string, count = 1): Promise<DeadLetterSummary[]> {
  let matching: DeadLetterSummary[] = []
  await until(async () => {
    matching = (await ask<DeadLetterList>(`?${query}`)).letters
    return matching.length === count && (await detail(matching[0]!)).block !== null
  }, `${count} dead letters with ${query}`)
  return matching
}

async function untilDecided(letter: DeadLetterSummary, attempts = 1): Promise<DeadLetterDetail> {
  let latest = await detail(letter)
  await until(async () => {
    latest = await detail(letter)
    // The ledger, which names the block, comes after the rows.
    const isDecided = latest.attempts.every(({ outcome, block }) => outcome !== 'waiting' && block !== null)
    return latest.attempts.length === attempts && isDecided
  }, `${attempts} replays of ${letter.position} to arrive`)
  return latest
}

async function rows<T>(query: string): Promise<T[]> {
  const warehouse = warehouseOf(variables)
  const answer = await warehouse.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  const records = await answer.json<T>()
  await warehouse.close()
  return records
}

test('a line of an accepted basket is corrected and comes in once, in the basket that it belongs to', async () => {
  await send(basket({ lines: [line(), line({ line_no: 2, sku: 'T-2', unit_price: 0 })] }))
  const [letter] = await letters('message_id=B1')
  const refused = await detail(letter!)
  expect(refused).toMatchObject({ reason: 'price_zero', line: 2, state: 'open', origins: [], attempts: [] })
  const { lines: _, total: __, ...envelope } = basket()
  expect(refused.envelope).toEqual(envelope)

  const { position } = letter!
  const wrong = { ...JSON.parse(refused.payload.text!), unit_price: '1.99' }
  const refusal = await replay({ positions: [position], value: JSON.stringify(wrong) })
  expect(refusal).toMatchObject({ error: 'value_refused', message: expect.stringContaining('/unit_price') })
  expect(await messagesOf(variables, 'sales-transactions')).toHaveLength(1)

  const value = JSON.stringify({ ...wrong, unit_price: 199 })
  const { sent } = await replay({ positions: [position], value })
  const accepted = await untilDecided(letter!)
  expect(accepted).toMatchObject({ state: 'accepted', attempts: [{ outcome: 'accepted', rows_accepted: 1 }] })
  expect(accepted.attempts[0]!.block).toMatch(/^raw\/sales-transactions\//)

  const message = (await messagesOf(variables, 'sales-transactions')).find(
    ({ headers }) => headers.replay_of !== undefined,
  )!
  expect(message).toMatchObject({
    key: 'T1',
    headers: { replay_of: position, schema: 'sales-transactions/1' },
  })
  expect([message.partition, Number(message.offset)]).toEqual([sent[0]!.partition, sent[0]!.offset])
  expect(JSON.parse(message.value.toString())).toEqual({
    ...envelope,
    lines: [JSON.parse(value)],
    total: 388,
  })

  // Sent once more it is refused as repeated, and what was counted stays as it was.
  const skipped = await replay({ positions: [position], value })
  expect(skipped).toMatchObject({ sent: [], skipped: [{ position }] })
  await replay({ positions: [position], value, again: true })
  const twice = await untilDecided(letter!, 2)
  expect(twice.attempts[1]).toMatchObject({ outcome: 'refused', refused: [{ reason: 'repeated' }] })
  expect(
    await rows(
      `select sku, net_amount, replay_of, offset from fact_sales where basket_id = 'B1' order by sku`,
    ),
  ).toEqual([
    { sku: 'T-1', net_amount: 290, replay_of: '', offset: 0 },
    { sku: 'T-2', net_amount: 388, replay_of: position, offset: sent[0]!.offset },
  ])
  expect(await rows(`select sum(baskets) as baskets from baskets_pulse where store_id = 'T1'`)).toEqual([
    { baskets: 1 },
  ])
  const [repeated] = await letters('message_id=B1&reason=repeated')
  expect((await detail(repeated!)).origins.map((origin) => origin.position)).toEqual([position])
}, 90_000)

test('a return of which every line was refused keeps its kind, and its bytes where nothing is corrected', async () => {
  const lines = [
    line({ sku: 'T-NEW' }),
    line({ line_no: 2, sku: 'T-NEW', quantity: 1, scanned_at: AT.replace('00.000', '09.000') }),
  ]
  await send(basket({ basket_id: 'B2', kind: 'return', lines }))
  await letters('message_id=B2', 2)
  // A product that was published too late is the commonest reason to send many again as they are.
  await lakeOf(variables).put(
    'raw',
    snapshotName(PRODUCTS, 'late'),
    Buffer.from(
      JSON.stringify({
        sku: 'T-NEW',
        name: 'New',
        department: 'test',
        category: 'test',
        brand: 'test',
        unit: 'each',
        kind: 'merchandise',
      }),
    ),
  )
  const { sent } = await replay({ filter: { reason: 'unknown_sku' } })
  expect(sent).toHaveLength(2)
  await letters('message_id=B2&state=accepted', 2)
  expect(
    await rows(`select kind, net_amount from fact_sales where basket_id = 'B2' order by net_amount`),
  ).toEqual([
    { kind: 'return', net_amount: -290 },
    { kind: 'return', net_amount: -140 },
  ])
}, 60_000)

test('bytes that nobody can read are sent again as they are, until somebody corrects them', async () => {
  const bytes = Buffer.from([...Buffer.from('{"basket_id":"B3",'), 0xff, 0x00, 0x7d])
  await send(bytes, 'T3')
  const [letter] = await letters('reason=not_json')
  await replay({ positions: [letter!.position] })
  const { attempts } = await untilDecided(letter!)
  expect(attempts[0]!.refused).toMatchObject([{ reason: 'not_json' }])
  const messages = await messagesOf(variables, 'sales-transactions')
  expect(messages.filter(({ value }) => value.equals(bytes))).toHaveLength(2)

  const [again] = await letters('reason=not_json&state=open')
  expect(again!.replay_of).toBe(letter!.position)
  const value = JSON.stringify(basket({ basket_id: 'B3', store_id: 'T3' }))
  expect((await replay({ positions: [again!.position], value })).sent[0]!.replay_of).toBe(letter!.position)
  expect(await untilDecided(letter!, 2)).toMatchObject({ state: 'accepted' })

  // What was sent and what became of it is in the tables, not in the process.
  await stack.part('api').crash()
  await stack.part('api').start()
  const accepted = await detail(again!)
  expect(accepted).toMatchObject({ state: 'accepted', origins: [{ position: letter!.position }] })
  expect(accepted.attempts.map(({ outcome }) => outcome)).toEqual(['refused', 'accepted'])
}, 90_000)

test('a second scan and a second delivery are settled by rule, and the scan comes in when somebody insists', async () => {
  const twice = basket({ basket_id: 'B4', lines: [line(), line({ line_no: 2 })] })
  await send(twice)
  await send(twice)
  const settled = await letters('message_id=B4&state=settled', 2)
  expect(settled.map(({ reason }) => reason).toSorted()).toEqual(['duplicate_line', 'repeated'])
  expect((await ask<DeadLetterList>('?message_id=B4&state=open')).letters).toEqual([])
  // Among all that match neither goes out.
  expect(await replay({ filter: { message_id: 'B4' } })).toMatchObject({ sent: [], left: 0 })

  const scan = settled.find(({ reason }) => reason === 'duplicate_line')!
  await replay({ positions: [scan.position] })
  expect(await untilDecided(scan)).toMatchObject({ state: 'accepted', attempts: [{ rows_accepted: 1 }] })
  expect(await rows(`select count() as lines from fact_sales where basket_id = 'B4'`)).toEqual([{ lines: 2 }])
  const { reasons } = await ask<DeadLetterList>('?message_id=B4&state=settled')
  expect(reasons.map(({ reason }) => reason)).toEqual(['repeated'])
}, 60_000)
