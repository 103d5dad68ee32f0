/** What the whole stack takes of the machine while the twin runs at its usual speed, and how fresh the warehouse is. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunList } from '@shelfcast/contracts/runs'
import type { Speed } from '@shelfcast/contracts/twin'
import { USUAL_PARTS } from '@shelfcast/platform/parts/parts'
import type { Stack } from '@shelfcast/platform/supervisor/supervise'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { warehouseOf } from '../ingest/landed.ts'
import { openStack } from '../ingest/stage.ts'
import { since, usageOf, usagesOf } from '../ingest/usage.ts'
import { alignTable, type BenchOptions, type BenchResult } from '../measure.ts'

const MINUTES = 5
const QUICK_MINUTES = 0.1
/** Store hours in a second, as the twin has it by default. */
const USUAL: Speed = 3_600
/** So that it need not be waited for. */
const FAST: Speed = 'max'
/** Ages at which it is measured, in store days. */
const AGES = [2, 60, 365]
const QUICK_AGES = [1]
const DAY_MS = 86_400_000
const POLL_MS = 1_000
/** After the twin has slowed down, what was asked for at its speed is caught up with. */
const CALM_SECONDS = 20
const GOAL = { cores: 0.5, p99_ms: 2_000 }

interface Age {
  days: number
  lines: number
  rows_per_s: number
  /** Of one processor, by part. */
  cores: Record<string, number>
  p50_ms: number
  p99_ms: number
  inserts_per_s: number
  selects_per_s: number
}

export async function benchIdle({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const { stack, close } = await openStack(USUAL_PARTS, tools)
  const warehouse = warehouseOf(stack.environment)
  try {
    await progress.step('Idle, first forecasts and first training', () => untilNothingRuns(stack))
    const ages: Age[] = []
    const began = await storeTime(stack)
    for (const days of quick ? QUICK_AGES : AGES) {
      await progress.step(`Idle, until the stack is ${days} store days old`, async () => {
        await setSpeed(stack, FAST)
        while ((await storeTime(stack)) < began + days * DAY_MS) await delay(POLL_MS)
        await setSpeed(stack, USUAL)
        await delay((quick ? 1 : CALM_SECONDS) * 1_000)
        await untilDatasetsAreIn(warehouse)
        await untilNothingRuns(stack)
      })
      const minutes = quick ? QUICK_MINUTES : MINUTES
      ages.push(
        await progress.step(`Idle for ${minutes} minutes`, () => measure(stack, warehouse, days, minutes)),
      )
    }
    return { table: tableOf(ages), figures: figuresOf(ages) }
  } finally {
    await warehouse.close()
    await close()
  }
}

async function measure(stack: Stack, warehouse: Warehouse, days: number, minutes: number): Promise<Age> {
  const processes = Object.fromEntries(USUAL_PARTS.map((name) => [name, stack.part(name)]))
  const usages = () => ({ ...usagesOf(processes), supervisor: usageOf(process.pid) })
  const before = { usage: usages(), at: performance.now(), counts: await countsOf(warehouse) }
  await delay(minutes * 60_000)
  const usage = since(before.usage, usages())
  const seconds = (performance.now() - before.at) / 1_000
  const counts = await countsOf(warehouse)
  const [fresh] = await rowsOf<{ p50: number; p99: number; rows: number }>(
    warehouse,
    `
    select
        quantileExact(0.5)(dateDiff('millisecond', sale.produced_at, block.loaded_at)) as p50,
        quantileExact(0.99)(dateDiff('millisecond', sale.produced_at, block.loaded_at)) as p99,
        toUInt32(count()) as rows
    from fact_sales as sale
    asof inner join lake_objects as block
        on block.topic = sale.topic and block.epoch = sale.epoch and block.partition = sale.partition
        and sale.offset >= block.begin_offset
    where sale.produced_at > now64(3) - toIntervalSecond({seconds:UInt32})`,
    { seconds: Math.round(seconds) },
  )
  return {
    days,
    lines: counts.lines,
    rows_per_s: (counts.rows - before.counts.rows) / seconds,
    cores: Object.fromEntries(Object.entries(usage).map(([name, { cpu_s }]) => [name, cpu_s / seconds])),
    p50_ms: fresh!.p50,
    p99_ms: fresh!.p99,
    inserts_per_s: (counts.inserts - before.counts.inserts) / seconds,
    selects_per_s: (counts.selects - before.counts.selects) / seconds,
  }
}

async function countsOf(warehouse: Warehouse) {
  const [counts] = await rowsOf<{ lines: number; rows: number; inserts: number; selects: number }>(
    warehouse,
    `
    select
        (select count() from fact_sales) as lines,
        (select sum(rows_accepted + rows_refused) from lake_objects) as rows,
        (select value from system.events where event = 'InsertQuery') as inserts,
        (select value from system.events where event = 'SelectQuery') as selects`,
  )
  return counts!
}

/** A run that was asked for at a start or by the schedule is over. */
async function untilNothingRuns({ environment }: Stack): Promise<void> {
  let quiet = 0
  while (quiet < 3) {
    const lists = await Promise.all(
      ['queued', 'running'].map(async (state) => {
        const answer = await fetch(`${environment.API_URL}/api/v1/runs?state=${state}`)
        return ((await answer.json()) as RunList).runs
      }),
    )
    quiet = lists.flat().length === 0 ? quiet + 1 : 0
    await delay(POLL_MS)
  }
}

/** Orders and outlooks of a year that passed in a minute are loaded one by one, which takes minutes. */
async function untilDatasetsAreIn(warehouse: Warehouse): Promise<void> {
  for (;;) {
    const [waited] = await rowsOf<{ seconds: number }>(
      warehouse,
      `
      select max(dateDiff('second', written_at, loaded_at)) as seconds
      from dataset_objects
      where loaded_at > now64(3) - interval {recent:UInt32} second`,
      { recent: CALM_SECONDS },
    )
    if (waited!.seconds <= CALM_SECONDS / 2) return
    await delay(POLL_MS)
  }
}

async function storeTime(stack: Stack): Promise<number> {
  const { clock } = (await director(stack, 'GET', '')) as { clock: { store_time: string } }
  return Date.parse(clock.store_time)
}

const setSpeed = (stack: Stack, speed: Speed) => director(stack, 'POST', '/speed', { speed })

async function director({ environment, secrets }: Stack, method: string, path: string, body?: object) {
  const answer = await fetch(`${environment.TWIN_URL}/director${path}`, {
    method,
    headers: { authorization: `Bearer ${secrets.twin_token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`The twin answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

const sum = (cores: Record<string, number>) => Object.values(cores).reduce((total, part) => total + part, 0)

function tableOf(ages: readonly Age[]): string {
  const names = Object.keys(ages[0]!.cores)
  const row = (title: string, cell: (age: Age) => string) => [title, ...ages.map(cell)]
  const rows = [
    row('Idle, processors by part', ({ days }) => `${days} store days`),
    ...names.map((name) => row(name, ({ cores }) => cores[name]!.toFixed(3))),
    row('all', ({ cores }) => sum(cores).toFixed(3)),
    row('rows/s', ({ rows_per_s }) => rows_per_s.toFixed(0)),
    row('sales lines in the warehouse', ({ lines }) => lines.toLocaleString('en')),
    row('till to ledger, p50 ms', ({ p50_ms }) => String(p50_ms)),
    row('till to ledger, p99 ms', ({ p99_ms }) => String(p99_ms)),
    row('inserts/s', ({ inserts_per_s }) => inserts_per_s.toFixed(1)),
    row('selects/s', ({ selects_per_s }) => selects_per_s.toFixed(1)),
  ]
  return `${alignTable(rows)}\n(goal: under ${GOAL.cores} processors in all, p99 under ${GOAL.p99_ms} ms)`
}

function figuresOf(ages: readonly Age[]): Record<string, number> {
  return Object.fromEntries(
    ages.flatMap((age) => {
      const figures = {
        ...Object.fromEntries(Object.entries(age.cores).map(([name, cores]) => [`cores_${name}`, cores])),
        cores: sum(age.cores),
        rows_per_s: age.rows_per_s,
        lines: age.lines,
        p50_ms: age.p50_ms,
        p99_ms: age.p99_ms,
        inserts_per_s: age.inserts_per_s,
        selects_per_s: age.selects_per_s,
      }
      return Object.entries(figures).map(([name, value]) => [`day_${age.days}_${name}`, value])
    }),
  )
}
