/** Receipts of a running stack, held against what Kafka and the lake say of the same lines. */
import { zstdDecompressSync } from 'node:zlib'
import { type Basket, netAmount } from '@shelfcast/contracts/events'
import type { Figures, Hop, ReceiptAnswer } from '@shelfcast/contracts/receipts'
import { parquetReadObjects } from 'hyparquet'
import { expect } from 'vitest'
import { lakeOf, messagesOf, type StackVariables } from './figures.ts'

/** Of a line: what Kafka, the lake and a receipt each say in their own way. */
const FIELDS = [
  'basket_id',
  'kind',
  'store_id',
  'till_id',
  'cashier_id',
  'customer_id',
  'event_time',
  'currency',
  'payment',
  'sku',
  'quantity',
  'unit',
  'unit_price',
  'discount',
  'net_amount',
  'promotion_id',
  'scanned_at',
] as const
type Line = Record<(typeof FIELDS)[number], string | number>

export interface ReceiptCheck {
  receipt(id: string, query?: string): Promise<ReceiptAnswer>
  /** Follows a line forward, and holds it against its message and its row in the lake. */
  checkLine(place: {
    epoch: number
    partition: number
    offset: number
    line_no: number
  }): Promise<ReceiptAnswer>
  /** Follows a day back to all of its lines. @returns how many there are, and their quantities */
  checkDay(id: string): Promise<{ lines: number; quantity: number }>
}

/** Reads the whole topic, once. */
export async function receiptCheck(variables: StackVariables, api: string): Promise<ReceiptCheck> {
  const lake = lakeOf(variables)
  const messages = new Map(
    (await messagesOf(variables, 'sales-transactions')).map(({ partition, offset, value }) => [
      `${partition}/${offset}`,
      value,
    ]),
  )
  const blocks = new Map<string, Record<string, unknown>[]>()

  async function receipt(id: string, query = ''): Promise<ReceiptAnswer> {
    const answer = await fetch(`${api}/api/v1/receipts/${id}${query}`)
    expect(answer.status, await answer.clone().text()).toBe(200)
    return (await answer.json()) as ReceiptAnswer
  }

  async function rowsOfBlock(key: string): Promise<Record<string, unknown>[]> {
    const rows =
      blocks.get(key) ??
      ((await parquetReadObjects({
        file: new Uint8Array(await lake.read('raw', key.replace(/^raw\//, ''))).buffer,
        compressors: { ZSTD: (input) => zstdDecompressSync(input) },
      })) as Record<string, unknown>[])
    blocks.set(key, rows)
    return rows
  }

  async function expectSame(figures: Figures, key: string): Promise<void> {
    const { partition, offset, line_no } = figures as Record<string, number>
    const row = (await rowsOfBlock(key)).find(
      (one) => Number(one.offset) === offset && one.line_no === line_no && one.reason == null,
    )
    expect(row, `${key} holds offset ${offset}, line ${line_no}`).toBeDefined()
    const line = lineOf(figures)
    expect(lineOf(row!)).toEqual(line)
    const value = messages.get(`${partition}/${offset}`)
    expect(value, `Kafka holds ${partition}/${offset}`).toBeDefined()
    expect(lineOf(flat(JSON.parse(value!.toString()) as Basket, line_no!))).toEqual(line)
  }

  return {
    receipt,

    async checkLine({ epoch, partition, offset, line_no }) {
      const answer = await receipt(`line~sales-transactions~${epoch}~${partition}~${offset}~${line_no}`)
      const figures = answer.hops[0]!.rows[0]!.figures
      const block = hopOf(answer, 'block')
      expect(block.figures).toMatchObject({
        in_lake: true,
        in_kafka: true,
        same_as_object: true,
        same_line_in_lake: true,
      })
      await expectSame(figures, String(block.figures.key))
      const scan = await receipt(`scan~${figures.store_id}~${figures.basket_id}~${line_no}`)
      expect(scan.hops[0]!.rows.map(({ id }) => id)).toContain(answer.id)
      return answer
    },

    async checkDay(id) {
      const [, store_id, sku, day] = id.split('~')
      let [lines, quantity] = [0, 0]
      for (let next: string | null = ''; next !== null; ) {
        const answer: ReceiptAnswer = await receipt(
          id,
          next === '' ? '?limit=100' : `?limit=100&after=${encodeURIComponent(next)}`,
        )
        const [hop] = answer.hops
        for (const { figures } of hop!.rows) {
          await expectSame(
            { ...figures, store_id: store_id!, sku: sku!, business_date: day! },
            String(figures.block),
          )
          lines++
          quantity += Number(figures.quantity)
        }
        next = hop!.next
      }
      return { lines, quantity }
    },
  }
}

export function hopOf({ hops, id }: ReceiptAnswer, kind: Hop['kind']): Hop {
  const hop = hops.find((one) => one.kind === kind)
  expect(hop, `${id} has a hop of the kind ${kind}`).toBeDefined()
  return hop!
}

/** A line of a message in the shape of a row: amounts of a return are below 0. */
function flat({ lines, ...basket }: Basket, lineNo: number): Record<string, unknown> {
  const line = lines[lineNo - 1]!
  const sign = basket.kind === 'return' ? -1 : 1
  return {
    ...basket,
    ...line,
    quantity: sign * line.quantity,
    discount: sign * line.discount,
    net_amount: sign * netAmount(line),
  }
}

/** Each value in one spelling: instants as milliseconds, what is absent as nothing, -0 as 0. */
function lineOf(row: Record<string, unknown>): Line {
  return Object.fromEntries(FIELDS.map((field) => [field, plain(field, row[field])])) as Line
}

function plain(field: string, value: unknown): string | number {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.getTime()
  if (field === 'event_time' || field === 'scanned_at')
    return typeof value === 'string' ? Date.parse(value) : Number(value)
  return typeof value === 'string' ? value : Number(value) + 0
}
