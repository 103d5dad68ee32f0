/** Any CSV of sales lines, described by a mapping file. docs/replay.md shows one. */
import type { BasketLine, MappedRow } from '../files/baskets.ts'
import { type Dialect, findDialect } from '../files/csv-dialect.ts'
import { readTable } from '../files/csv-table.ts'
import type { CellFault, RowFault } from '../files/faults.ts'
import { createFileSource, type FileMapping, type FileSource, isLine } from '../files/file-source.ts'
import { escapedId } from '../files/ids.ts'
import { createTimeReader } from '../files/instants.ts'
import { createNumberReader, type NumberFormat, type NumberReader } from '../files/numbers.ts'
import { priceOfTotal } from '../files/prices.ts'
import { createInspection, type Inspection } from './csv-inspection.ts'
import { type CsvMapping, numberFormat, readMapping } from './csv-mapping.ts'
import { detectNumbers } from './csv-numbers.ts'
import { receiptRule } from './csv-receipts.ts'
import { createReferenceList } from './csv-reference.ts'

/** What an event holds; a line that comes to more would take its whole basket with it. */
const LARGEST_AMOUNT = 2_147_483_647
/** Years that the gate takes. */
const FIRST_INSTANT = Date.UTC(2000, 0, 1)
const LAST_INSTANT = Date.UTC(2100, 0, 1)
/** What Excel makes of a number of many digits: the digits that it left out are lost. */
const SHORTENED = /^\d+([.,]\d+)?E\+\d+$/i

export interface CsvSource extends FileSource {
  /** What the first reading saw; known once reference() has answered. */
  inspection(): Inspection
}

export function openCsv(path: string, mapPath: string): CsvSource {
  return csvSource(path, readMapping(mapPath))
}

export function csvSource(path: string, mapping: CsvMapping): CsvSource {
  const { inspection, ...fileMapping } = csv(path, mapping)
  return { ...createFileSource(fileMapping), inspection }
}

export interface CsvFileMapping extends FileMapping<string, RowFault> {
  inspection(): Inspection
}

export function csv(path: string, mapping: CsvMapping): CsvFileMapping {
  const columns = columnsOf(mapping)
  const reference = createReferenceList(path, mapping)
  const inspection = createInspection(path, mapping)
  let dialect: Dialect | undefined
  let reader = createRowReader(mapping, numberFormat(mapping))

  return {
    source: mapping.source,
    path,
    columns,
    async prepare() {
      const { encoding, delimiter, quote, header_line: headerLine } = mapping.file ?? {}
      dialect = await findDialect(path, { encoding, delimiter, quote, headerLine }, columns)
      const numbers = await detectNumbers(dialect, mapping, columns)
      reader = createRowReader(mapping, numbers.format)
      inspection.begin(dialect, numbers)
    },
    rows: () => readTable(dialect!, columns, inspection.passedOver()),
    // A row that becomes no line names no store and no product.
    survey() {},
    inspect(row, judgement) {
      if (isLine(judgement)) reference.add(row.cells, judgement)
      inspection.add(row, judgement, reader.wasRounded())
    },
    reference: reference.all,
    findings: () => [...inspection.findings(), ...reference.findings()],
    map: (cells) => reader.read(cells),
    inspection: () => inspection,
  }
}

interface RowReader {
  read(cells: Record<string, string>): MappedRow | RowFault
  /** Whether the amount of the last row had more decimals than its currency. */
  wasRounded(): boolean
}

/** Reads a row cell by cell; the first cell that cannot be used says why. */
function createRowReader(mapping: CsvMapping, format: NumberFormat): RowReader {
  const { prefix, price, returns } = mapping
  const currency = mapping.currency.value
  const digits = currencyDigits(currency)
  const numbers = createNumberReader(format)
  const readTime = createTimeReader(mapping.time.format, mapping.time.zone)
  const timeColumns = [mapping.time.column].flat()
  const receipts = receiptRule(mapping)
  const readAmount: NumberReader['amount'] = price.in === 'minor' ? numbers.minor : numbers.amount
  let rounded = false

  function idOf(cells: Record<string, string>, column: string): string | RowFault {
    const cell = cells[column]!
    if (SHORTENED.test(cell.trim())) {
      return at(column, cell, {
        fault: 'Excel has shortened this number, and its last digits are lost',
        fix: 'Format the column as text before the CSV is saved, and export it again',
      })
    }
    const id = escapedId(prefix, cell)
    return id ?? at(column, cell, { fault: 'it is empty', fix: 'Give an id' })
  }

  return {
    wasRounded: () => rounded,
    read(cells) {
      rounded = false
      const store_id =
        typeof mapping.store === 'string'
          ? idOf(cells, mapping.store)
          : escapedId(prefix, mapping.store.value)!
      if (typeof store_id !== 'string') return store_id
      const sku = idOf(cells, mapping.sku)
      if (typeof sku !== 'string') return sku

      const timeCell = timeColumns.map((column) => cells[column]!.trim()).join(' ')
      const scanned_at = readTime(timeCell)
      if (typeof scanned_at !== 'number') return at(timeColumns.join(' + '), timeCell, scanned_at)
      if (scanned_at < FIRST_INSTANT || scanned_at >= LAST_INSTANT)
        return at(timeColumns.join(' + '), timeCell, outOfYears)

      const quantity =
        typeof mapping.quantity === 'string'
          ? numbers.whole(cells[mapping.quantity]!)
          : { value: mapping.quantity.value, rounded: false }
      if ('fault' in quantity) return at(String(mapping.quantity), cells[String(mapping.quantity)]!, quantity)
      const amount = readAmount(cells[price.column]!, digits)
      if ('fault' in amount) return at(price.column, cells[price.column]!, amount)
      rounded = amount.rounded

      const isReturn = returns !== undefined && marksReturn(returns, cells, quantity.value)
      const line: BasketLine = {
        sku,
        unit: 'each',
        ...amounts(price.of, isReturn, quantity.value, amount.value),
      }
      if (Math.abs(line.quantity * line.unit_price) > LARGEST_AMOUNT) {
        return at(price.column, cells[price.column]!, {
          fault: `${line.quantity} pieces at this price are more than any sale`,
          fix: 'Correct it; if it is the total of the row, give price.of: line in the mapping',
        })
      }

      // Baskets that mix sales and returns become one of each, so the returned one has an id of its own.
      const receipt = receipts.id(cells, scanned_at, isReturn)
      if ('empty' in receipt) {
        return at(receipt.empty, cells[receipt.empty]!, {
          fault: 'it is empty',
          fix: 'Give the number of the receipt',
        })
      }
      const shortened = receipts.columns.find((column) => SHORTENED.test(cells[column]!.trim()))
      if (shortened !== undefined) return idOf(cells, shortened) as RowFault

      const customer_id = mapping.customer && escapedId(prefix, cells[mapping.customer]!)
      return {
        basket: {
          basket_id: receipt.id,
          kind: isReturn ? 'return' : 'sale',
          store_id,
          till_id: 0,
          cashier_id: 'unknown',
          ...(customer_id && { customer_id }),
          currency,
          payment: 'unknown',
        },
        line,
        scanned_at,
      }
    },
  }
}

const outOfYears: CellFault = {
  fault: 'it is not between 2000 and 2099',
  fix: 'Correct it; epoch_s and epoch_ms differ by a factor of 1000',
}

function at(column: string, cell: string, { fault, fix }: CellFault): RowFault {
  return { column, cell, fault, fix }
}

/** On a return the file may write quantity, total, or both as negative; the event has them positive. */
function amounts(
  of: 'unit' | 'line',
  isReturn: boolean,
  quantity: number,
  amount: number,
): Pick<BasketLine, 'quantity' | 'unit_price' | 'discount'> {
  const pieces = isReturn ? Math.abs(quantity) : quantity
  if (of === 'unit') return { quantity: pieces, unit_price: amount, discount: 0 }
  const total = isReturn ? Math.abs(amount) : amount
  return { quantity: pieces, ...priceOfTotal(pieces, 'each', total, total) }
}

function marksReturn(
  returns: NonNullable<CsvMapping['returns']>,
  cells: Record<string, string>,
  quantity: number,
): boolean {
  if ('negative_quantity' in returns) return quantity < 0
  const cell = cells[returns.column]!.trim()
  return 'equals' in returns ? cell === returns.equals : cell.startsWith(returns.begins_with)
}

/** Columns that the mapping names. */
function columnsOf(mapping: CsvMapping): string[] {
  const { basket, sku, name, category, quantity, price, time, store, customer, returns } = mapping
  const columns = [sku, name, category, price.column, customer, ...[time.column].flat()]
  if (typeof basket === 'string') columns.push(basket)
  else columns.push(...basket.columns)
  if (typeof quantity === 'string') columns.push(quantity)
  if (typeof store === 'string') columns.push(store)
  if (returns && 'column' in returns) columns.push(returns.column)
  return [...new Set(columns.filter((column) => column !== undefined))]
}

/** Decimals of a currency by ISO 4217: 2 for EUR, 0 for JPY. */
function currencyDigits(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  )
}
