/** A real sale goes all the way: real files through broker, gate, lake and warehouse, to the line and to the cent. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LiveState, PipelineState } from '@shelfcast/contracts/api'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dirtyBaskets, produce, publishReference, sum } from '../stack/dirt.ts'
import {
  type Figures,
  kafkaLines,
  lakeFigures,
  ledgerKeys,
  type StackVariables,
  until,
  untilLanded,
  untilMoment,
  warehouseFigures,
  warehouseOf,
} from '../stack/figures.ts'
import {
  completeJourneyFigures,
  NO_REAL_DATA,
  onlineRetailFigures,
  REAL_DATA,
  sampleOf,
} from '../stack/real-data.ts'
import { receiptCheck } from '../stack/receipts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

let folder: string
let stack: Stack
let variables: StackVariables
let api: string
/** What must be in the stack by now. */
let expected: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-spine-'))
  stack = await startStack({
    dataDir: folder,
    ports: 'free',
    parts: ['kafka', 'lake', 'warehouse', 'operational', 'ingest', 'api'],
  })
  variables = stack.environment
  api = `http://127.0.0.1:${stack.ports.api.http}`
}, 240_000)

afterAll(async () => {
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

interface ReplayFigures {
  rows_read: number
  rows_accepted: number
  rows_refused: Record<string, number>
  rows_reversed: number
  lines_per_s: number
}

/** As `npm run replay` starts it. */
function startReplay(...args: string[]): { output(): string; figures: Promise<ReplayFigures> } {
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', 'scripts/replay.ts', ...args, '--data', folder, '--json'],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  let faults = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    faults += chunk
  })
  const figures = once(child, 'close').then(([code]) => {
    if (code !== 0)
      throw new Error(`replay ended with ${code}:\n${output.slice(-1_000)}${faults.slice(-2_000)}`)
    return JSON.parse(output.trimEnd().split('\n').at(-1)!) as ReplayFigures
  })
  return { output: () => faults, figures }
}

const linesOf = (figures: Figures) =>
  figures.accepted +
  figures.reversed +
  Object.values(figures.refused).reduce((total, lines) => total + lines, 0)

/** Kafka, lake, warehouse and ledger say the same, and it is what was expected. */
async function expectSame(): Promise<void> {
  await untilLanded(variables, 'sales-transactions')
  const { blocks, ...lake } = await lakeFigures(variables, 'sales-transactions')
  expect(lake).toEqual(expected)
  expect(await warehouseFigures(variables)).toEqual(expected)
  expect(await kafkaLines(variables)).toBe(linesOf(expected))
  expect(await ledgerKeys(variables, 'sales-transactions')).toEqual([...blocks].sort())
}

test('dirty baskets arrive line by line, refused ones with their reasons', async () => {
  await publishReference(variables)
  const { messages, expected: outcome } = dirtyBaskets(1_000)
  expected = sum(expected, outcome)
  await produce(variables, messages)
  await expectSame()
}, 60_000)

test('the API tells the same counts, and the Live state moves', async () => {
  let pipeline = {} as PipelineState
  let sales = {} as PipelineState['topics'][number]
  await until(async () => {
    pipeline = (await (await fetch(`${api}/api/v1/pipeline`)).json()) as PipelineState
    sales = pipeline.topics.find(({ topic }) => topic === 'sales-transactions')!
    return sales.rows_missing !== null
  }, 'the first counts')
  const refused = Object.values(expected.refused).reduce((total, lines) => total + lines, 0)
  expect(sales).toMatchObject({
    lines_accepted: expected.accepted,
    lines_reversed: expected.reversed,
    lines_refused: refused,
    lag_messages: 0,
  })
  expect(sales).toMatchObject({ lake_rows: sales.warehouse_rows, rows_missing: 0 })
  expect(Object.fromEntries(pipeline.refusals.map(({ reason, lines }) => [reason, lines]))).toEqual(
    expected.refused,
  )
  expect(pipeline.parts.filter(({ healthy }) => !healthy)).toEqual([])
  const live = (await (await fetch(`${api}/api/v1/live`)).json()) as LiveState
  expect(live.lines_total).toBe(expected.accepted + expected.reversed)
  expect(live.stores.length).toBeGreaterThan(0)
})

test('a receipt is what Kafka and the lake say, line by line, and what was refused says why', async () => {
  const check = await receiptCheck(variables, api)
  const places = await rows<{ epoch: number; partition: number; offset: number; line_no: number }>(
    'select epoch, partition, toInt32(offset) as offset, line_no from fact_sales order by cityHash64(offset, partition, line_no) limit 8',
  )
  for (const place of places) await check.checkLine(place)
  const [day] = await rows<{ id: string; lines: number; quantity: number }>(`
    select concat('day~', store_id, '~', sku, '~', toString(business_date)) as id, toInt32(count()) as lines, toInt32(sum(quantity)) as quantity
    from fact_sales
    group by store_id, sku, business_date
    order by lines desc, id
    limit 1`)
  expect(await check.checkDay(day!.id)).toEqual({ lines: day!.lines, quantity: day!.quantity })
  const [letter] = await rows<{ store_id: string; message_id: string; line_no: number; reason: string }>(`
    select store_id, message_id, line_no, reason
    from dead_letters
    where topic = 'sales-transactions' and line_no > 0
    limit 1`)
  const { hops } = await check.receipt(`scan~${letter!.store_id}~${letter!.message_id}~${letter!.line_no}`)
  expect(hops[0]!.words).toContain(`was refused as ${letter!.reason}`)
}, 60_000)

test('the WebSocket pushes a new sale by itself', async () => {
  const socket = new WebSocket(`${api.replace('http', 'ws')}/api/v1/stream?channels=live`, {
    headers: { origin: api },
  } as never)
  const totals: number[] = []
  socket.addEventListener('message', ({ data }) => {
    totals.push((JSON.parse(String(data)) as { state: LiveState }).state.lines_total)
  })
  await until(async () => totals.length > 0, 'the first state')
  const { messages, expected: outcome } = dirtyBaskets(50, 5_000)
  expected = sum(expected, outcome)
  await produce(variables, messages)
  await until(async () => totals.at(-1) === expected.accepted + expected.reversed, 'the new sales')
  socket.close()
}, 60_000)

test("a till's own CSV arrives by receipt and day, and files that share a day count it once", async () => {
  const mapping = join(folder, 'till.yaml')
  await writeFile(
    mapping,
    `source: till
prefix: TI-
basket: bon
sku: artikel
quantity: menge
price: { column: betrag, of: line, in: decimal }
time: { column: zeit, format: dd.MM.yyyy HH:mm, zone: Europe/Berlin }
store: filiale
currency: { value: EUR }
`,
  )
  const replayDays = async (...days: number[]) => {
    const rows = days.flatMap((day) =>
      ['Köln', 'Kõln'].map((store) => `17;A1;2;2,40;0${day}.07.2026 09:15;${store}`),
    )
    const file = join(folder, 'till.csv')
    const text = [
      'bon;artikel;menge;betrag;zeit;filiale',
      ...rows,
      `18;A1;zwei;2,40;01.07.2026 09:15;Köln`,
      '',
    ]
    await writeFile(file, text.join('\r\n'))
    return startReplay('csv', file, '--map', mapping).figures
  }
  expect(await replayDays(1, 2)).toMatchObject({
    rows_read: 5,
    rows_accepted: 4,
    rows_refused: { schema: 1 },
  })
  expect(await replayDays(2, 3)).toMatchObject({
    rows_read: 5,
    rows_accepted: 2,
    rows_refused: { repeated: 2, schema: 1 },
  })
  expected = sum(expected, {
    accepted: 6,
    reversed: 0,
    net: 1_440n,
    refused: { repeated: 2, schema: 2 },
  })
  await expectSame()
}, 120_000)

test('a replay goes on over a kill of every part, says what it waits for, and comes out exact', async () => {
  const baskets = 800
  const rows = Array.from({ length: baskets }, (_, basket) => {
    const time = new Date(Date.UTC(2026, 0, 5, 9) + basket * 1_000).toISOString()
    return `R${basket},A${basket % 40},${1 + (basket % 3)},1.25,${time},main`
  })
  const [file, map] = ['sales.csv', 'sales.yaml'].map((name) =>
    join(folder, '..', `${basename(folder)}-${name}`),
  )
  await writeFile(file!, ['receipt,article,pieces,price,at,branch', ...rows].join('\n'))
  await writeFile(
    map!,
    `source: kills
prefix: KILL-
basket: receipt
sku: article
quantity: pieces
price: { column: price, of: unit, in: decimal }
time: { column: at, format: iso, zone: UTC }
store: branch
currency: { value: EUR }
`,
  )
  // About eight seconds of sending.
  const replay = startReplay('csv', file!, '--map', map!, '--speed', '100')
  for (const name of ['warehouse', 'ingest', 'lake', 'kafka'] as const) {
    const before = stack.part(name).pid
    await untilMoment(
      async () => replay.output().includes('sent ') || name === 'warehouse',
      'the replay under way',
    )
    process.kill(before!, 'SIGKILL')
    await until(async () => ![undefined, before].includes(stack.part(name).pid), `${name} started again`)
  }
  expect(await replay.figures).toMatchObject({ rows_read: baskets, rows_accepted: baskets, rows_refused: {} })
  expect(replay.output()).toMatch(
    /Apache Kafka \(kafka\) does not answer; waiting .*\n(.*\n)*Apache Kafka \(kafka\) is back/,
  )
  const net = BigInt(
    Array.from({ length: baskets }, (_, basket) => 125 * (1 + (basket % 3))).reduce((a, b) => a + b),
  )
  expected = sum(expected, { accepted: baskets, reversed: 0, net, refused: {} })
  await expectSame()
  await Promise.all([file!, map!].map((path) => rm(path)))
}, 180_000)

describe.skipIf(NO_REAL_DATA !== undefined)(
  `real retail data${NO_REAL_DATA ? ` (${NO_REAL_DATA})` : ''}`,
  () => {
    let journey: string
    beforeAll(async () => {
      journey = await sampleOf(REAL_DATA.transactions, 'basket_id', folder)
    })

    test('Complete Journey is accounted for to the cent', async () => {
      const { first } = await completeJourneyFigures(journey)
      const figures = await startReplay('complete-journey', journey, REAL_DATA.products).figures
      expect(figures).toMatchObject({
        rows_read: first.rows,
        rows_accepted: first.accepted,
        rows_reversed: 0,
        rows_refused: first.refused,
      })
      expected = sum(expected, first)
      await expectSame()
    }, 120_000)

    test('Online Retail is accounted for to the cent, with ingest killed in the middle', async () => {
      const sample = await sampleOf(REAL_DATA.onlineRetail, 'InvoiceNo', folder)
      const outcome = await onlineRetailFigures(sample)
      // Every reason of the whole file.
      const reasons = ['duplicate_line', 'not_a_product', 'price_zero', 'quantity_not_positive']
      expect(Object.keys(outcome.refused).sort()).toEqual(reasons)
      const before = linesOf(expected)
      // A year in 13 seconds.
      const replay = startReplay('online-retail', sample, '--speed', '2500000')
      await untilMoment(
        async () => (await landedLines()) > before + 5_000,
        'a part of the file landed',
        120_000,
      )
      const killed = stack.part('ingest').pid!
      process.kill(killed, 'SIGKILL')
      expect(await landedLines()).toBeLessThan(before + linesOf(outcome))
      const figures = await replay.figures
      expect(stack.part('ingest').pid).not.toBe(killed)
      expect(figures).toMatchObject({
        rows_read: outcome.rows,
        rows_accepted: outcome.accepted,
        rows_reversed: outcome.reversed,
        rows_refused: outcome.refused,
      })
      expected = sum(expected, outcome)
      await expectSame()
    }, 300_000)

    test('a second replay is recognised as repetition and changes nothing', async () => {
      const before = await warehouseFigures(variables)
      const { first, again } = await completeJourneyFigures(journey)
      expect(again.repeated).toBeGreaterThan(0.98 * first.rows)
      const figures = await startReplay('complete-journey', journey, REAL_DATA.products).figures
      expect(figures).toMatchObject({ rows_read: first.rows, rows_accepted: 0, rows_reversed: 0 })
      expect(figures.rows_refused).toEqual(again)
      const { refused, ...after } = await warehouseFigures(variables)
      expect(after).toEqual({ accepted: before.accepted, reversed: before.reversed, net: before.net })
      expect(refused.repeated! - before.refused.repeated!).toBe(again.repeated)
      expected = sum(expected, { accepted: 0, reversed: 0, net: 0n, refused: again })
      await expectSame()
    }, 300_000)
  },
)

async function rows<T>(query: string): Promise<T[]> {
  const warehouse = warehouseOf(variables)
  try {
    return await (await warehouse.query({ query, format: 'JSONEachRow' })).json<T>()
  } finally {
    await warehouse.close()
  }
}

async function landedLines(): Promise<number> {
  const warehouse = warehouseOf(variables)
  try {
    const answer = await warehouse.query({
      query: 'select sum(rows_accepted + rows_refused) as lines from lake_objects',
      format: 'JSONEachRow',
    })
    return Number((await answer.json<{ lines: string }>())[0]!.lines)
  } finally {
    await warehouse.close()
  }
}
