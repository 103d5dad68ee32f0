/** What makes a receipt of a CSV, and which receipts of a file are in doubt. */

import { dateOf, localDay } from '@shelfcast/contracts/dates'
import { ID_HASH_SEEDS, ID_SEPARATOR, murmur3 } from '@shelfcast/contracts/identity'
import { cleanId, joinedId } from '../files/ids.ts'
import type { CsvMapping } from './csv-mapping.ts'

const BLOCK_MS = 900_000
/** Three years. */
const MOST_BLOCKS = 100_000
const RETURN_SUFFIX = '-R'

export interface ReceiptRule {
  columns: readonly string[]
  /** @returns the id, or undefined where a cell is empty; `empty` is then its column */
  id(cells: Record<string, string>, at: number, isReturn: boolean): { id: string } | { empty: string }
}

/**
 * Receipt numbers begin again, so a receipt is what its columns name on one business day. The rule looks at nothing but
 * the row, so that files that overlap, and the same file again, name the same receipts.
 */
export function receiptRule({ basket, time }: Pick<CsvMapping, 'basket' | 'time'>): ReceiptRule {
  const {
    columns,
    day = true,
    day_ends = '00:00',
  } = typeof basket === 'string' ? { columns: [basket] } : basket
  const dayOf = createDayReader(time.zone, day_ends)
  return {
    columns,
    id(cells, at, isReturn) {
      const parts = columns.map((column) => cleanId(cells[column]!))
      const empty = parts.indexOf('')
      if (empty >= 0) return { empty: columns[empty]! }
      const prefix = day ? `${dayOf(at).replaceAll('-', '')}-` : ''
      return { id: joinedId(parts, { prefix, suffix: isReturn ? RETURN_SUFFIX : '' }) }
    },
  }
}

/** The business day of an instant, as YYYY-MM-DD: days end at `ends` of local time. */
export function createDayReader(zone: string, ends = '00:00'): (at: number) => string {
  const [hours = 0, minutes = 0] = ends.split(':').map(Number)
  const shift = (hours * 60 + minutes) * 60_000
  // Offsets of time zones are multiples of a quarter of an hour, so a block lies within one day.
  const days = new Map<number, string>()
  return (at) => {
    const block = Math.floor((at - shift) / BLOCK_MS)
    let day = days.get(block)
    if (day === undefined) {
      if (days.size >= MOST_BLOCKS) days.clear()
      day = dateOf(localDay(zone, block * BLOCK_MS))
      days.set(block, day)
    }
    return day
  }
}

/** Rows of one receipt this far apart are likely of two. */
const FAR_APART_S = 15 * 60
const FIRST_SLOTS = 1 << 12
/** 3 million receipts in 84 MB; past them the book begins anew, as receipts that are in doubt are mostly of one day. */
const MOST_SLOTS = 1 << 22
const FIELDS = 5
const SECONDS_TO_2000 = 946_684_800
const IS_REPEATED = 1
const IS_FAR_APART = 2

export interface Doubt {
  rows: number
  receipts: number
  /** The first few, with the lines of the file. */
  examples: string[]
}

export interface ReceiptBook {
  /** @param begins whether the row begins a basket, by what the basket window has open */
  add(row: { store: string; basket: string; line: number; at: number; begins: boolean }): void
  /** Rows of receipts that come again after their basket was sent: the gate refuses them as `repeated`. */
  repeated: Doubt
  /** Rows more than a quarter of an hour from the first of their receipt. */
  farApart: Doubt
  receipts(): number
}

const MOST_EXAMPLES = 3

/** Recognises receipts by the hash that the gate recognises repetition by. */
export function createReceiptBook(): ReceiptBook {
  const bytes = new Uint8Array(256)
  const view = new DataView(bytes.buffer)
  const encoder = new TextEncoder()
  // Of each slot: the halves of the hash, line and second (since 2000) of the first row, and which doubts it is in.
  let slots = new Uint32Array(FIRST_SLOTS * FIELDS)
  let used = 0
  let receipts = 0
  const repeated: Doubt = { rows: 0, receipts: 0, examples: [] }
  const farApart: Doubt = { rows: 0, receipts: 0, examples: [] }

  function place(table: Uint32Array, low: number, high: number): number {
    const mask = table.length / FIELDS - 1
    let slot = (low ^ high) & mask
    while (table[slot * FIELDS + 2] !== 0) {
      if (table[slot * FIELDS] === low && table[slot * FIELDS + 1] === high) break
      slot = (slot + 1) & mask
    }
    return slot * FIELDS
  }

  function makeRoom(): void {
    const size = slots.length / FIELDS
    if (used < size * 0.7) return
    const old = slots
    used = 0
    if (size >= MOST_SLOTS) {
      slots = new Uint32Array(FIRST_SLOTS * FIELDS)
      return
    }
    slots = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += FIELDS) {
      if (old[at + 2] === 0) continue
      slots.set(old.subarray(at, at + FIELDS), place(slots, old[at]!, old[at + 1]!))
      used++
    }
  }

  function note(doubt: Doubt, isFirst: boolean, text: () => string): void {
    doubt.rows++
    if (!isFirst) return
    doubt.receipts++
    if (doubt.examples.length < MOST_EXAMPLES) doubt.examples.push(text())
  }

  return {
    add({ store, basket, line, at, begins }) {
      makeRoom()
      let length = encoder.encodeInto(store, bytes).written
      bytes[length++] = ID_SEPARATOR
      length += encoder.encodeInto(basket, bytes.subarray(length)).written
      const low = murmur3(view, length, ID_HASH_SEEDS.low)
      const high = murmur3(view, length, ID_HASH_SEEDS.high)
      const slot = place(slots, low, high)
      const second = Math.max(0, Math.floor(at / 1000) - SECONDS_TO_2000)
      if (slots[slot + 2] === 0) {
        slots.set([low, high, line, second, 0], slot)
        used++
        receipts++
        return
      }
      const [, , firstLine = 0, firstSecond = 0, flags = 0] = slots.subarray(slot, slot + FIELDS)
      const example = () => `${basket} of ${store} on lines ${firstLine} and ${line}`
      if (begins || flags & IS_REPEATED) {
        note(repeated, !(flags & IS_REPEATED), example)
        slots[slot + 4] = flags | IS_REPEATED
      } else if (Math.abs(second - firstSecond) > FAR_APART_S) {
        note(farApart, !(flags & IS_FAR_APART), example)
        slots[slot + 4] = flags | IS_FAR_APART
      }
    },
    repeated,
    farApart,
    receipts: () => receipts,
  }
}
