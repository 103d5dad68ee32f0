/** What a CSV comes to by its mapping, seen while it is read for its stores and products: nothing is sent for it. */
import { netAmount } from '@shelfcast/contracts/events'
import { createBaskets, type MappedRow } from '../files/baskets.ts'
import { type Dialect, dialectText } from '../files/csv-dialect.ts'
import type { Row } from '../files/csv-rows.ts'
import { nothingPassedOver, type PassedOver } from '../files/csv-table.ts'
import { faultText, type RowFault, showCell } from '../files/faults.ts'
import { isLine, type Judgement } from '../files/file-source.ts'
import type { CsvMapping } from './csv-mapping.ts'
import type { DetectedNumbers } from './csv-numbers.ts'
import { createDayReader, createReceiptBook, type Doubt } from './csv-receipts.ts'
import { meaningOf } from './csv-words.ts'

const FIRST_ROWS = 10
const MOST_EXAMPLES = 3
/** Past it, other reasons are counted together. */
const MOST_REASONS = 50

/** Rows that would be refused for the same reason. */
export interface RefusedRows {
  reason: string
  rows: number
  /** The first few: line, column, cell, what is wrong and what to do. */
  examples: string[]
}

export interface Inspection {
  begin(dialect: Dialect, numbers: DetectedNumbers): void
  add(row: Row<string>, judgement: Judgement, rounded: boolean): void
  passedOver(): PassedOver
  /** What a person should know before anything is sent. */
  findings(): string[]
  summary(): Summary
}

export interface Summary {
  source: string
  /** How the file is written. */
  written: string[]
  rows: number
  lines: number
  baskets: number
  returned_rows: number
  refused: RefusedRows[]
  repeated: Doubt
  far_apart: Doubt
  days: { count: number; first: string; last: string }
  stores: number
  products: number
  currency: string
  /** Minor units. */
  sold: number
  returned: number
  first: { line: number; row: MappedRow }[]
}

export function createInspection(path: string, mapping: CsvMapping): Inspection {
  const dayOf = createDayReader(
    mapping.time.zone,
    typeof mapping.basket === 'string' ? '00:00' : mapping.basket.day_ends,
  )
  const window = createBaskets()
  const book = createReceiptBook()
  const refused = new Map<string, RefusedRows>()
  const days = new Map<string, number>()
  const stores = new Set<string>()
  const products = new Set<string>()
  const first: Summary['first'] = []
  const passed = nothingPassedOver()
  let written: string[] = []
  let header: readonly string[] = []
  let rows = 0
  let lines = 0
  let roundedRows = 0
  let returnedRows = 0
  let damagedNames = 0
  let sold = 0
  let returned = 0
  let isOver = false

  function refuse(line: number, fault: RowFault): void {
    const where = fault.column === undefined ? fault.fault : `${showCell(fault.column)}: ${fault.fault}`
    const reason = refused.has(where) || refused.size < MOST_REASONS ? where : 'other reasons'
    let group = refused.get(reason)
    if (!group) {
      group = { reason, rows: 0, examples: [] }
      refused.set(reason, group)
    }
    group.rows++
    if (group.examples.length < MOST_EXAMPLES) group.examples.push(faultText(line, fault))
  }

  function accept(line: number, row: MappedRow): void {
    const { basket, scanned_at } = row
    lines++
    if (first.length < FIRST_ROWS) first.push({ line, row })
    stores.add(basket.store_id)
    products.add(row.line.sku)
    const day = dayOf(scanned_at)
    days.set(day, (days.get(day) ?? 0) + 1)
    const net = netAmount(row.line)
    if (basket.kind === 'return') {
      returnedRows++
      returned += net
    } else sold += net
    const { begins } = window.add(row)
    book.add({ store: basket.store_id, basket: basket.basket_id, line, at: scanned_at, begins })
  }

  return {
    begin(dialect, numbers) {
      written = [dialectText(dialect), numbers.text]
    },
    add(row, judgement, rounded) {
      rows++
      header = row.header
      const line = row.line ?? 0
      if (mapping.name && row.cells[mapping.name]!.includes('\uFFFD')) damagedNames++
      if (!isLine(judgement)) {
        refuse(line, judgement ?? { fault: 'it cannot be read', fix: 'Correct it' })
        return
      }
      if (rounded) roundedRows++
      accept(line, judgement)
    },
    // The second reading passes over the same, and is not counted again.
    passedOver() {
      if (isOver) return nothingPassedOver()
      isOver = true
      return passed
    },
    findings() {
      const texts = [`${path}: ${written.join('; ')}`]
      const { repeatedHeaders, blankRows, longRows } = passed
      if (repeatedHeaders > 0) {
        texts.push(
          `${counted(repeatedHeaders, 'line repeats', 'lines repeat')} the header and ${isOrAre(repeatedHeaders)} passed over`,
        )
      }
      if (blankRows > 0) {
        texts.push(`${counted(blankRows, 'row', 'rows')} of empty cells ${isOrAre(blankRows)} passed over`)
      }
      if (longRows.count > 0) {
        texts.push(
          `${counted(longRows.count, 'row stands', 'rows stand')} on more than one line, the first begins on line ` +
            `${longRows.firstLine}: if its text should not, a quote was never closed there`,
        )
      }
      if (roundedRows > 0) {
        const what = counted(roundedRows, 'amount has', 'amounts have')
        texts.push(`${what} more decimals than ${mapping.currency.value} and ${isOrAre(roundedRows)} rounded`)
      }
      if (damagedNames > 0) {
        texts.push(
          `${counted(damagedNames, 'name holds', 'names hold')} the sign for a character that was lost before: export the file again`,
        )
      }
      for (const { reason, rows: count, examples } of bySize(refused)) {
        texts.push(
          `${counted(count, 'row', 'rows')} will be refused (schema), ${reason}`,
          ...examples.map((text) => `  ${text}`),
        )
      }
      texts.push(...doubts(book.repeated, book.farApart, mapping, header))
      return texts
    },
    summary: () => ({
      source: mapping.source,
      written,
      rows,
      lines,
      baskets: book.receipts(),
      returned_rows: returnedRows,
      refused: bySize(refused),
      repeated: book.repeated,
      far_apart: book.farApart,
      days: daysOf(days),
      stores: stores.size,
      products: products.size,
      currency: mapping.currency.value,
      sold,
      returned,
      first,
    }),
  }
}

function doubts(
  repeated: Doubt,
  farApart: Doubt,
  { basket }: CsvMapping,
  header: readonly string[],
): string[] {
  const texts: string[] = []
  if (repeated.rows > 0) {
    texts.push(
      `${counted(repeated.rows, 'row', 'rows')} will be refused as repeated: ` +
        `${counted(repeated.receipts, 'receipt comes', 'receipts come')} again after ${repeated.receipts === 1 ? 'it was' : 'they were'} sent`,
      ...repeated.examples.map((text) => `  ${text}`),
    )
  }
  if (farApart.rows > 0) {
    texts.push(
      `${counted(farApart.rows, 'row lies', 'rows lie')} more than 15 minutes from the first of ` +
        `${farApart.rows === 1 ? 'its' : 'their'} receipt, and may be of another with the same number ` +
        `(${counted(farApart.receipts, 'receipt', 'receipts')})`,
      ...farApart.examples.map((text) => `  ${text}`),
    )
  }
  if (texts.length === 0) return []
  const columns = typeof basket === 'string' ? [basket] : basket.columns
  const till = header.find((name) => meaningOf(name) === 'till' && !columns.includes(name))
  texts.push(
    till === undefined
      ? 'If each is one receipt, sort the file by receipt; if not, name in the mapping what tells them apart: basket: { columns: [...] }.'
      : `If each till counts its own receipts, give basket: { columns: ${JSON.stringify([...columns, till])} } in the mapping.`,
  )
  return texts
}

function bySize(groups: Map<string, RefusedRows>): RefusedRows[] {
  return [...groups.values()].sort((a, b) => b.rows - a.rows)
}

function daysOf(days: Map<string, number>): Summary['days'] {
  const names = [...days.keys()].sort()
  return { count: names.length, first: names[0] ?? '', last: names.at(-1) ?? '' }
}

const counted = (count: number, one: string, many: string) =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
const isOrAre = (count: number) => (count === 1 ? 'is' : 'are')
