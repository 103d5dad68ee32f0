/**
 * Twenty lines in both directions, on replayed real sales and on the twin: forward to the plans whose forecasts read
 * them, back from such a plan, and each line of each day held against its message in Kafka and its row in the lake.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { daysBetween } from '@shelfcast/contracts/dates'
import { type Backends, openBackends } from '@shelfcast/jobs/backends'
import { type Scored, score } from '@shelfcast/jobs/models/score'
import { USUAL_PARTS } from '@shelfcast/platform/parts/parts'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { parquetReadObjects } from 'hyparquet'
import { afterEach, expect, test } from 'vitest'
import { until, untilLanded } from '../stack/figures.ts'
import { NO_REAL_DATA, REAL_DATA, sampleOf } from '../stack/real-data.ts'
import { hopOf, receiptCheck } from '../stack/receipts.ts'
import { insert } from '../warehouse/warehouse.ts'

const LINES = 20
const PLAN = 'receipts-1'

let folder: string
let stack: Stack | undefined

async function start(
  parts: Parameters<typeof startStack>[0]['parts'],
): Promise<{ api: string; backends: Backends }> {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-receipts-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts })
  return {
    api: `http://127.0.0.1:${stack.ports.api.http}`,
    backends: openBackends({ ...process.env, ...stack.environment }),
  }
}
afterEach(async () => {
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

interface Place {
  store_id: string
  sku: string
  day: string
  epoch: number
  partition: number
  offset: number
  line_no: number
}

/** Lines of days that a forecast has read, of as many series. */
const sampleLines = (backends: Backends, origin: string) =>
  readerOf(backends.warehouse)<Place>(
    `
    select store_id, sku, toString(business_date) as day, epoch, partition, toInt32(offset) as offset, line_no
    from fact_sales
    where kind = 'sale'
        and (store_id, sku, business_date) in
            (select store_id, sku, day from series_daily where source = 'live' and day > {origin:Date} - 364)
        and (store_id, sku) in (select store_id, sku from fact_forecast where origin = {origin:Date})
    order by cityHash64(store_id, sku, offset, line_no)
    limit 1 by store_id, sku
    limit ${LINES}`,
    { origin },
  )

/** As the job plan-orders does. */
async function plan(
  { warehouse }: Backends,
  places: readonly Place[],
  { origin, version }: Scored,
): Promise<void> {
  await insert(warehouse, 'planned_lines', [
    ...places.map(({ store_id, sku }) => ({
      plan: PLAN,
      store_id,
      sku,
      order_day: origin,
      unit: 'each',
      quantity: 6,
      reason: 'order_up_to',
      origin,
      model_version: version,
    })),
  ])
  await insert(warehouse, 'order_plans', [
    {
      plan: PLAN,
      order_day: origin,
      digest: '',
      origin,
      series: places.length,
      lines: places.length,
      orders: 0,
      amount: 0,
    },
  ])
}

async function expectBothWays(api: string, backends: Backends): Promise<void> {
  const scored = (await score(backends, { signal: new AbortController().signal, force: true }))!
  const { origin, version } = scored
  const places = await sampleLines(backends, origin)
  expect(places).toHaveLength(LINES)
  await plan(backends, places, scored)
  const check = await receiptCheck(stack!.environment, api)
  const read = readerOf(backends.warehouse)
  let lines = 0
  const times: number[] = []
  for (const { store_id, sku, day, ...place } of places) {
    // forward
    const forward = await check.checkLine(place)
    expect(hopOf(forward, 'day').figures).toMatchObject({ source: 'live', same_as_lines: true })
    expect(hopOf(forward, 'uses').rows.map(({ figures }) => figures)).toContainEqual(
      expect.objectContaining({
        origin,
        model_version: version,
        age: daysBetween(day, origin),
        knew_the_line: true,
      }),
    )
    expect(hopOf(forward, 'orders').rows.map(({ id }) => id)).toContain(`plan~${PLAN}~${store_id}~${sku}`)
    // back
    const begin = performance.now()
    const back = await check.receipt(`plan~${PLAN}~${store_id}~${sku}`)
    times.push(performance.now() - begin)
    expect(back.hops.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['plan', 'forecast', 'features', 'window', 'day']),
    )
    expect(hopOf(back, 'window').figures).toMatchObject({ same_as_features: true })
    await expectFeaturesInLake(backends, hopOf(back, 'features'), { store_id, sku })
    const days = await check.checkDay(`day~${store_id}~${sku}~${day}`)
    const [facts] = await read<{ lines: number; quantity: number }>(
      `select count() as lines, sum(quantity) as quantity
      from fact_sales
      where store_id = {store_id:String} and sku = {sku:String} and business_date = {day:Date}`,
      { store_id, sku, day },
    )
    expect(days).toEqual(facts)
    lines += days.lines
  }
  times.sort((one, other) => one - other)
  process.stdout.write(
    `${LINES} lines forward, ${LINES} plans back, ${lines} lines of their days; back takes ${Math.round(times[LINES / 2]!)} ms, at most ${Math.round(times.at(-1)!)}\n`,
  )
}

/** The object of the features, by a Parquet reader that did not write it, says what the hop says. */
async function expectFeaturesInLake(
  { lake }: Backends,
  hop: ReturnType<typeof hopOf>,
  { store_id, sku }: { store_id: string; sku: string },
): Promise<void> {
  const horizon = Number(hop.id!.split('~').at(-1))
  const rows = (await parquetReadObjects({
    file: new Uint8Array(await lake.read('features', String(hop.figures.object))).buffer,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  })) as Record<string, unknown>[]
  const row = rows.find(
    (one) => one.store_id === store_id && one.sku === sku && Number(one.horizon) === horizon,
  )
  expect(row).toBeDefined()
  for (const { figures } of hop.rows) {
    const [value, stored] = [figures.value, row![String(figures.input)]]
    if (typeof value !== 'number') expect(stored ?? null).toBe(value)
    // Warehouse writes the shortest text of the same 32 bits.
    else expect(Math.fround(value)).toBe(stored)
  }
}

test.skipIf(NO_REAL_DATA !== undefined)(
  `on Online Retail${NO_REAL_DATA ? ` (${NO_REAL_DATA})` : ''}`,
  async () => {
    const { api, backends } = await start(['kafka', 'lake', 'warehouse', 'operational', 'ingest', 'api'])
    try {
      const sample = await sampleOf(REAL_DATA.onlineRetail, 'InvoiceNo', folder)
      await promisify(execFile)(
        process.execPath,
        ['scripts/replay.ts', 'online-retail', sample, '--data', folder, '--json'],
        { cwd: REPOSITORY },
      )
      await untilLanded(stack!.environment, 'sales-transactions')
      await expectBothWays(api, backends)
    } finally {
      await backends.close()
    }
  },
  900_000,
)

test('on the twin, with two years of history', async () => {
  // Without jobs: the first training would take the processors.
  const { api, backends } = await start(USUAL_PARTS.filter((name) => name !== 'jobs'))
  try {
    const read = readerOf(backends.warehouse)
    await until(
      async () =>
        (await read<{ days: number }>('select uniqExact(business_date) as days from fact_sales'))[0]!.days >
        4,
      'four days at the tills',
      300_000,
    )
    await expectBothWays(api, backends)
    // A day before the stream has a row of an object instead.
    const [told] = await read<{ id: string }>(`
      select concat('day~', store_id, '~', sku, '~', toString(day)) as id
      from series_daily
      where source != 'live' and units > 0
      limit 1`)
    const check = await receiptCheck(stack!.environment, api)
    const [hop] = (await check.receipt(told!.id)).hops
    expect(hop).toMatchObject({ missing: null, figures: { same_as_object: true } })
  } finally {
    await backends.close()
  }
}, 900_000)
