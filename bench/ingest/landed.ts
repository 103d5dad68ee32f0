/** What has arrived in lake and warehouse, and whether it is all that should have. */
import { setTimeout as delay } from 'node:timers/promises'
import { BLOCK_METADATA } from '@shelfcast/contracts/lake'
import type { Lake } from '@shelfcast/runtime/lake'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { type Outcome, TOPIC } from './baskets.ts'

/** What the blocks of the topic hold. */
export interface Landed {
  blocks: number
  bytes: number
  messages: number
  accepted: number
  /** Rows, accepted and refused: at most one less than lines for each line of a message that is refused as a whole. */
  lines: number
}

const POLL_MS = 100
const STALL_MS = 60_000

export function warehouseOf(environment: Record<string, string>): Warehouse {
  return createWarehouse({
    url: environment.CLICKHOUSE_URL!,
    user: environment.CLICKHOUSE_USER!,
    password: environment.CLICKHOUSE_PASSWORD!,
    application: 'bench',
  })
}

/** Reads what came since the last time: each object is asked once. */
export function createLanded(lake: Lake): { read(): Promise<Landed> } {
  const names = new Set<string>()
  const total: Landed = { blocks: 0, bytes: 0, messages: 0, accepted: 0, lines: 0 }
  return {
    async read() {
      for await (const { name, size } of lake.list('raw', `${TOPIC}/`)) {
        if (names.has(name) || !name.endsWith('.parquet')) continue
        const metadata = (await lake.metadata('raw', name))!
        const figure = (key: keyof typeof BLOCK_METADATA) => Number(metadata[BLOCK_METADATA[key]])
        names.add(name)
        total.blocks++
        total.bytes += size
        total.messages += figure('messages')
        total.accepted += figure('rowsAccepted')
        total.lines += figure('rowsAccepted') + figure('rowsRefused')
      }
      return { ...total }
    },
  }
}

/** Waits until the warehouse answers with every line that the topic holds, accepted or refused, views included. */
export async function untilReadable(warehouse: Warehouse, { accepted, refused }: Outcome): Promise<void> {
  const goal = [accepted, refused, accepted]
  let last = [0, 0, 0]
  let moved = Date.now()
  for (;;) {
    // Counting rows costs the warehouse next to nothing; the rest is asked when those are there.
    const facts = await factRows(warehouse)
    const counts = facts < accepted ? [facts, last[1]!, last[2]!] : await lineCounts(warehouse)
    if (counts.every((lines, index) => lines >= goal[index]!)) return
    if (counts.some((lines, index) => lines > last[index]!)) moved = Date.now()
    last = counts
    if (Date.now() - moved > STALL_MS) {
      throw new Error(
        `Nothing came into the warehouse for a minute. Accepted lines, refused lines and lines of sales_hourly are ${last.join(', ')}; they should be ${goal.join(', ')}.`,
      )
    }
    await delay(POLL_MS)
  }
}

async function factRows(warehouse: Warehouse): Promise<number> {
  const answer = await warehouse.query({
    query: 'select count() as rows from fact_sales',
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ rows: string }>()
  return Number(row!.rows)
}

/** Lines of facts, of dead letters, and of the view that is the base of the dashboard. */
async function lineCounts(warehouse: Warehouse): Promise<[number, number, number]> {
  const answer = await warehouse.query({
    query: `
      select
          (select count() from fact_sales) as accepted,
          (select sum(line_count) from dead_letters) as refused,
          (select sum(lines) from sales_hourly) as hourly`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ accepted: string; refused: string; hourly: string }>()
  return [Number(row!.accepted), Number(row!.refused), Number(row!.hourly)]
}

/** @throws when lake or warehouse hold a line too few or too many */
export async function expectExact(landed: Landed, warehouse: Warehouse, outcome: Outcome): Promise<void> {
  const answer = await warehouse.query({
    query: 'select uniqExact(epoch, partition, offset, line_no) as positions from fact_sales',
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ positions: string }>()
  const [facts, refused, hourly] = await lineCounts(warehouse)
  const counts: [string, number, number][] = [
    ['messages in the lake', landed.messages, outcome.messages],
    ['accepted lines in the lake', landed.accepted, outcome.accepted],
    ['lines in fact_sales', facts, outcome.accepted],
    ['positions in fact_sales', Number(row!.positions), outcome.accepted],
    ['lines in sales_hourly', hourly, outcome.accepted],
    ['lines in dead_letters', refused, outcome.refused],
  ]
  for (const [name, count, right] of counts) {
    if (count !== right) throw new Error(`Ingest left ${count} ${name}; it should be ${right}.`)
  }
}
