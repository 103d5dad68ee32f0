/** A small retailer with dirt in its messages, whose right outcome is known line by line. */

import { snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import type { Basket, SaleLine } from '@shelfcast/contracts/events'
import { type EventTopic, HEADERS, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { PARTITIONER } from '@shelfcast/runtime/kafka'
import { type Figures, kafkaOf, lakeOf, type StackVariables } from './figures.ts'

const STORE_IDS = Array.from({ length: 12 }, (_, index) => `T${index + 1}`)
const SKUS = Array.from({ length: 40 }, (_, index) => `T-${index + 1}`)

/** Publishes the stores and products that the baskets name. */
export async function publishReference(variables: StackVariables): Promise<void> {
  const stores = STORE_IDS.map((store_id) => ({
    store_id,
    name: `Store ${store_id}`,
    profile: 'supermarket',
    region: 'test',
    time_zone: 'Europe/London',
    currency: 'GBP',
  }))
  const products = [...SKUS, 'T-POST'].map((sku) => ({
    sku,
    name: `Product ${sku}`,
    department: 'test',
    category: 'test',
    brand: 'test',
    unit: 'each',
    kind: sku === 'T-POST' ? 'service' : 'merchandise',
  }))
  const lake = lakeOf(variables)
  const ndjson = (rows: object[]) => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
  await lake.put('raw', snapshotName(STORES, 'test'), ndjson(stores))
  await lake.put('raw', snapshotName(PRODUCTS, 'test'), ndjson(products))
}

export interface TestMessage {
  key: string
  value: Buffer
}

/**
 * Baskets of three lines, of which every tenth is a return and some are dirty; each is unique by `from` and its index.
 * @param stepMs store time between one basket and the next
 * @returns the messages, and what must come of them
 */
export function dirtyBaskets(
  count: number,
  from = 0,
  stepMs = 1_000,
): { messages: TestMessage[]; expected: Figures } {
  const expected: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
  const messages: TestMessage[] = []
  const refuse = (reason: string, lines: number) => {
    expected.refused[reason] = (expected.refused[reason] ?? 0) + lines
  }
  for (let index = from; index < from + count; index++) {
    const store_id = STORE_IDS[index % STORE_IDS.length]!
    const kind = index % 10 === 9 ? 'return' : 'sale'
    const at = new Date(Date.UTC(2026, 0, 1) + index * stepMs).toISOString()
    const lines: SaleLine[] = [1, 2, 3].map((line_no) => ({
      line_no,
      sku: SKUS[(index + line_no) % SKUS.length]!,
      quantity: 1 + (index % 4),
      unit: 'each' as const,
      unit_price: 100 + line_no + (index % 7),
      discount: index % 5,
      scanned_at: at,
    }))
    if (index % 17 === 0) lines[1] = { ...lines[1]!, unit_price: 0 }
    if (index % 19 === 0) lines[2] = { ...lines[0]!, line_no: 3 }
    if (index % 23 === 0) lines[0] = { ...lines[0]!, sku: 'T-POST' }
    const basket: Basket = {
      basket_id: `B${index}`,
      kind,
      store_id,
      till_id: 1,
      cashier_id: 'C1',
      event_time: at,
      currency: 'GBP',
      lines,
      payment: 'card',
      total: 0,
    }
    if (index % 41 === 0) {
      messages.push({ key: store_id, value: Buffer.from(`{"basket_id":"B${index}", broken`) })
      refuse('not_json', 1)
      continue
    }
    messages.push({ key: store_id, value: Buffer.from(JSON.stringify(basket)) })
    const kept: SaleLine[] = []
    for (const [position, line] of lines.entries()) {
      if (line.sku === 'T-POST') refuse('not_a_product', 1)
      else if (line.unit_price === 0) refuse('price_zero', 1)
      else if (index % 19 === 0 && position === 2 && index % 23 !== 0) refuse('duplicate_line', 1)
      else kept.push(line)
    }
    for (const line of kept) {
      const net = line.quantity * line.unit_price - line.discount
      expected.net += BigInt(kind === 'return' ? -net : net)
    }
    if (kind === 'return') expected.reversed += kept.length
    else expected.accepted += kept.length
    if (index % 13 === 0 && kept.length > 0) {
      messages.push({ key: store_id, value: Buffer.from(JSON.stringify(basket)) })
      refuse('repeated', lines.length)
    }
  }
  return { messages, expected }
}

/** Clean baskets of fifty lines, all of one store, so of one partition: rows by the hundred thousand from few messages. */
export function largeBaskets(count: number, from: number): { messages: TestMessage[]; expected: Figures } {
  const store_id = STORE_IDS[0]!
  const expected: Figures = { accepted: 50 * count, reversed: 0, net: 0n, refused: {} }
  const messages = Array.from({ length: count }, (_, index) => {
    const at = Date.UTC(2026, 0, 1) + (from + index) * 1_000
    const lines: SaleLine[] = Array.from({ length: 50 }, (_, line) => ({
      line_no: line + 1,
      sku: SKUS[line % SKUS.length]!,
      quantity: 1,
      unit: 'each' as const,
      unit_price: 100 + line,
      discount: 0,
      scanned_at: new Date(at + line * 2_000).toISOString(),
    }))
    expected.net += lines.reduce((sum, { unit_price }) => sum + BigInt(unit_price), 0n)
    const basket: Basket = {
      basket_id: `L${from + index}`,
      kind: 'sale',
      store_id,
      till_id: 1,
      cashier_id: 'C1',
      event_time: new Date(at).toISOString(),
      currency: 'GBP',
      lines,
      payment: 'card',
      total: 0,
    }
    return { key: store_id, value: Buffer.from(JSON.stringify(basket)) }
  })
  return { messages, expected }
}

export async function produce(
  variables: StackVariables,
  messages: TestMessage[],
  topic: EventTopic = 'sales-transactions',
): Promise<void> {
  const producer = kafkaOf(variables).producer({
    createPartitioner: PARTITIONER,
    allowAutoTopicCreation: false,
  })
  await producer.connect()
  const headers = {
    [HEADERS.schema]: SCHEMA_VERSION[topic],
    [HEADERS.producedAt]: String(Date.now()),
  }
  for (const batch of batchesOf(messages)) {
    await producer.send({
      topic,
      messages: batch.map((message) => ({ ...message, headers })),
    })
  }
  await producer.disconnect()
}

/** As many messages as one request takes, also where all are of one partition: the broker takes 1 MiB at once. */
function batchesOf(messages: TestMessage[]): TestMessage[][] {
  const batches: TestMessage[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const message of messages) {
    bytes += message.value.byteLength + 200
    if (bytes > 800_000) {
      batches.push([])
      bytes = message.value.byteLength
    }
    batches.at(-1)!.push(message)
  }
  return batches
}

/** Figures of several productions together. */
export function sum(...parts: Figures[]): Figures {
  const total: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
  for (const part of parts) {
    total.accepted += part.accepted
    total.reversed += part.reversed
    total.net += part.net
    for (const [reason, lines] of Object.entries(part.refused)) {
      total.refused[reason] = (total.refused[reason] ?? 0) + lines
    }
  }
  return total
}
