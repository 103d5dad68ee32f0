/** Messages, gates and rows for tests. */
import type { Basket, InventoryMovement, PosEvent, SaleLine } from '@shelfcast/contracts/events'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { BinaryColumn, type BlockColumns, Hash64Column } from '@shelfcast/ingest/stream/columns'
import { createGate } from '@shelfcast/ingest/stream/gate/create'
import { createFastRoute } from '@shelfcast/ingest/stream/gate/fast-route'
import type { Gate, GateOptions, IdMemory } from '@shelfcast/ingest/stream/gate/gate-of-topic'
import { createScratch, type Fields, type Scratch } from '@shelfcast/ingest/stream/gate/scratch'
import { messageShape } from '@shelfcast/ingest/stream/gate/shape'
import { createSlowRoute } from '@shelfcast/ingest/stream/gate/slow-route'
import type { World } from '@shelfcast/ingest/stream/gate/world'
import type { MessageView } from '@shelfcast/ingest/stream/message'
import { TextColumn } from '@shelfcast/ingest/stream/text-column'

/** Store S1; products A..., of which A9... have a list price; the service POST. */
export const world: World = {
  store: (id) => (id === 'S1' ? { timeZone: 'Europe/London', currency: 'GBP' } : undefined),
  product: (sku) => {
    if (sku === 'POST') return { kind: 'service', unit: 'each' }
    if (sku.startsWith('A9')) return { kind: 'merchandise', unit: 'each', price: 150 }
    return sku.startsWith('A') ? { kind: 'merchandise', unit: 'each' } : undefined
  },
}

export function createMemory(): IdMemory & { clear(): void } {
  const keys = new Set<string>()
  const key = (low: number, high: number) => `${low} ${high}`
  return {
    has: (low, high) => keys.has(key(low, high)),
    add: (low, high) => keys.add(key(low, high)),
    clear: () => keys.clear(),
  }
}

export function gateOf(topic: EventTopic, overrides: Partial<GateOptions> = {}): Gate {
  return createGate({
    topic,
    epoch: 0,
    partition: 0,
    world,
    memory: createMemory(),
    clocks: new Map(),
    ...overrides,
  })
}

let scans = 0
export function line(overrides: Partial<SaleLine> = {}): SaleLine {
  return {
    line_no: 1,
    sku: 'A1',
    quantity: 2,
    unit: 'each',
    unit_price: 150,
    discount: 0,
    // Far enough apart to be pieces of their own.
    scanned_at: new Date(Date.UTC(2026, 0, 5, 10) + 5_000 * (scans++ % 1000)).toISOString(),
    ...overrides,
  }
}

export function basket(overrides: Partial<Basket> = {}): Basket {
  return {
    basket_id: 'B1',
    kind: 'sale',
    store_id: 'S1',
    till_id: 3,
    cashier_id: 'C1',
    event_time: '2026-01-05T10:00:00.000Z',
    currency: 'GBP',
    lines: [line()],
    payment: 'card',
    total: 300,
    ...overrides,
  }
}

export function movement(overrides: Partial<InventoryMovement> = {}): InventoryMovement {
  return {
    movement_id: 'M1',
    kind: 'receipt',
    store_id: 'S1',
    sku: 'A1',
    event_time: '2026-01-05T10:00:00.000Z',
    quantity: 24,
    unit: 'each',
    ...overrides,
  }
}

export function posEvent(overrides: Partial<PosEvent> = {}): PosEvent {
  return {
    event_id: 'E1',
    kind: 'opened',
    store_id: 'S1',
    till_id: 1,
    event_time: '2026-01-05T06:00:00.000Z',
    ...overrides,
  }
}

/** A message whose value is these bytes, this text, or this object as JSON; null is a message without a value. */
export function message(value: unknown, overrides: Partial<MessageView> = {}): MessageView {
  const bytes =
    value instanceof Uint8Array
      ? value
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return {
    offset: 0,
    bytes: value === null ? new Uint8Array() : bytes,
    start: value === null ? -1 : 0,
    end: value === null ? -1 : bytes.length,
    producedAt: 1,
    schema: undefined,
    replayOf: undefined,
    ...overrides,
  }
}

type Cell = string | number | null

/** Rows of a block by column name: bytes as latin1 text, hashes in hexadecimal. */
export function rowsIn(columns: BlockColumns): Record<string, Cell>[] {
  return Array.from({ length: columns.rows }, (_, row) =>
    Object.fromEntries(columns.columns.map(({ name }) => [name, cellOf(columns, name, row)])),
  )
}

function cellOf(columns: BlockColumns, name: string, row: number): Cell {
  const column = columns.column(name)
  if (column instanceof TextColumn) {
    return column.indices[row] === -1 ? null : column.entryText(column.indices[row]!)
  }
  if (column instanceof BinaryColumn) {
    const at = column.rows.indexOf(row)
    return at === -1 ? null : Buffer.from(column.cells[at]!).toString('latin1')
  }
  if (column.nulls[row] === 1) return null
  if (column instanceof Hash64Column) {
    return `${hex(column.words[2 * row + 1]!)}${hex(column.words[2 * row]!)}`
  }
  return column.values[row]!
}

const hex = (word: number) => word.toString(16).padStart(8, '0')

/** Both routes side by side, each with a scratch of its own. */
export function createRoutes(topic: EventTopic) {
  const shape = messageShape(topic)
  const fastScratch = createScratch(shape)
  const slowScratch = createScratch(shape)
  return {
    fastScratch,
    slowScratch,
    fast: createFastRoute(shape, fastScratch),
    slow: createSlowRoute(topic, shape, slowScratch),
  }
}

/** All that a scratch holds of its message, in a form that can be compared. */
export function readingOf(scratch: Scratch): unknown {
  const { lines, lineCount, refusal, source } = scratch
  return {
    refusal,
    lineCount,
    size: scratch.originalEnd - scratch.originalStart,
    fields: valuesOf(scratch.fields, source, 0),
    lines:
      lines &&
      Array.from({ length: lineCount }, (_, index) => ({
        fault: lines.faulty ? lines.faults[index] : undefined,
        start: lines.start[index]! - scratch.originalStart,
        end: lines.end[index]! - scratch.originalStart,
        fields: valuesOf(lines.fields, source, index),
      })),
  }
}

function valuesOf(fields: Fields, source: DataView, index: number): unknown[] {
  return [...fields].map(([, field]) => {
    if (field.kind !== 'text') return field.value[index]
    const start = field.start[index]!
    if (start === -1) return undefined
    return Buffer.from(source.buffer, source.byteOffset + start, field.end[index]! - start).toString()
  })
}
