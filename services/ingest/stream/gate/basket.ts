/** Judges a basket line by line. */
import type { BlockColumns } from '../columns.ts'
import { ChoiceEntries } from './cells.ts'
import { MERCHANDISE, type Products, UNKNOWN } from './dimensions.ts'
import { scannedBefore } from './double-scan.ts'
import type { Decision } from './rows-writer.ts'
import { copyOf, type Scratch } from './scratch.ts'
import { ACCEPTED, grossOf, lineVerdict, reasonOf, refusedFor, UNITS } from './verdict.ts'

const LINE_SCHEMA = refusedFor('line_schema')
const UNKNOWN_SKU = refusedFor('unknown_sku')
const NOT_A_PRODUCT = refusedFor('not_a_product')
const PRICE_UNLIKELY = refusedFor('price_unlikely')
const DUPLICATE = refusedFor('duplicate_line')

export class BasketJudge implements Decision {
  readonly verdicts: Uint8Array
  readonly firstNumber = 1
  accepted = 0
  readonly #scratch: Scratch
  readonly #products: Products
  readonly #kind: Int8Array
  readonly #return: number
  readonly #sku
  readonly #promotion
  readonly #scans
  readonly #columns
  readonly #units: ChoiceEntries
  /** Places of the accepted lines, in order. */
  readonly #places: Int32Array
  readonly #gross: Float64Array
  /** Place of the line that a duplicate is the second scan of. */
  readonly #doubleOf: Int32Array

  constructor(scratch: Scratch, columns: BlockColumns, products: Products) {
    const { fields, start } = scratch.lines!
    const kind = scratch.fields.choice('kind')
    const unit = fields.choice('unit')
    this.#scratch = scratch
    this.#products = products
    this.#kind = kind.value
    this.#return = kind.choices.indexOf('return')
    this.#sku = fields.text('sku')
    this.#promotion = fields.text('promotion_id')
    this.#scans = {
      sku: this.#sku.entry,
      quantity: fields.number('quantity').value,
      unit: unit.value,
      unitPrice: fields.number('unit_price').value,
      discount: fields.number('discount').value,
      scannedAt: fields.number('scanned_at').value,
    }
    this.#columns = {
      sku: columns.text('sku'),
      quantity: columns.int32('quantity'),
      unit: columns.text('unit'),
      unitPrice: columns.int32('unit_price'),
      gross: columns.int64('gross_amount'),
      discount: columns.int64('discount'),
      net: columns.int64('net_amount'),
      promotion: columns.text('promotion_id'),
      scannedAt: columns.int64('scanned_at'),
    }
    this.#units = new ChoiceEntries(this.#columns.unit, unit.choices)
    this.verdicts = new Uint8Array(start.length)
    this.#places = new Int32Array(start.length)
    this.#gross = new Float64Array(start.length)
    this.#doubleOf = new Int32Array(start.length)
  }

  /** @returns false when the answer is not final and the world may know more by now: of a SKU, or of its list price */
  judge(isFinal: boolean): boolean {
    const { lineCount, source } = this.#scratch
    const { start, end, entry } = this.#sku
    const column = this.#columns.sku
    for (let line = 0; line < lineCount; line++) {
      entry[line] = start[line] === -1 ? -1 : column.intern(source, start[line]!, end[line]!)
    }
    const products = this.#products
    products.grow()
    const { kinds } = products
    const { faulty, faults } = this.#scratch.lines!
    for (let line = 0; line < lineCount; line++) {
      const sku = entry[line]!
      if (faulty && faults[line] !== undefined) continue
      if (kinds[sku] === UNKNOWN && products.ask(sku) === UNKNOWN && !isFinal) return false
    }
    this.#judgeNumbers(lineCount)
    if (!isFinal && this.#doubtsListPrice(lineCount)) return false
    this.#judgeScans(lineCount)
    return true
  }

  /** Whether a price is unlikely by a list price that may have been corrected meanwhile: the world is asked for it again. */
  #doubtsListPrice(lineCount: number): boolean {
    let doubts = false
    for (let line = 0; line < lineCount; line++) {
      if (this.verdicts[line] !== PRICE_UNLIKELY) continue
      this.#products.forget(this.#sku.entry[line]!)
      doubts = true
    }
    return doubts
  }

  /** Judges each line by itself. */
  #judgeNumbers(lineCount: number): void {
    const { quantity, unit, unitPrice, discount, sku: skus } = this.#scans
    const { kinds, prices, units } = this.#products
    const gross = this.#gross
    const { faulty, faults } = this.#scratch.lines!
    const verdicts = this.verdicts
    for (let line = 0; line < lineCount; line++) {
      if (faulty && faults[line] !== undefined) {
        verdicts[line] = LINE_SCHEMA
        continue
      }
      const sku = skus[line]!
      const kind = kinds[sku]!
      const value = grossOf(quantity[line]!, unit[line]!, unitPrice[line]!)
      gross[line] = value
      if (kind === MERCHANDISE) {
        verdicts[line] = lineVerdict(
          quantity[line]!,
          unit[line]!,
          unitPrice[line]!,
          discount[line]!,
          value,
          prices[sku]!,
          units[sku]!,
        )
      } else verdicts[line] = kind === UNKNOWN ? UNKNOWN_SKU : NOT_A_PRODUCT
    }
  }

  /** Judges each line that is right in itself by those that were accepted before it. */
  #judgeScans(lineCount: number): void {
    const verdicts = this.verdicts
    const places = this.#places
    let accepted = 0
    for (let line = 0; line < lineCount; line++) {
      if (verdicts[line] !== ACCEPTED) continue
      const original = scannedBefore(this.#scans, places, accepted, line)
      if (original === -1) places[accepted++] = line
      else {
        verdicts[line] = DUPLICATE
        this.#doubleOf[line] = original
      }
    }
    this.accepted = accepted
  }

  detail(line: number): string {
    const { quantity, unit, unitPrice, discount, scannedAt } = this.#scans
    const sku = () => this.#columns.sku.entryText(this.#sku.entry[line]!)
    switch (reasonOf(this.verdicts[line]!)) {
      case 'line_schema':
        return this.#scratch.lines!.faults[line]!
      case 'unknown_sku':
        return `SKU "${sku()}" is not in the reference data`
      case 'not_a_product':
        return `SKU "${sku()}" is a service`
      case 'price_zero':
        return 'unit_price is 0'
      case 'price_negative':
        return `unit_price is ${unitPrice[line]}`
      case 'price_out_of_range':
        return `unit_price is ${unitPrice[line]}, the line ${this.#gross[line]}`
      case 'price_unlikely':
        return `unit_price is ${unitPrice[line]}, the list price ${this.#products.prices[this.#sku.entry[line]!]}`
      case 'discount_out_of_range':
        return `discount is ${discount[line]} on a gross of ${this.#gross[line]}`
      case 'duplicate_line': {
        const original = this.#doubleOf[line]!
        const apart = Math.abs(scannedAt[line]! - scannedAt[original]!)
        return `line ${original + 1} again, scanned ${apart} ms apart: ${quantity[line]} ${UNITS[unit[line]!]} of ${sku()} at ${unitPrice[line]}`
      }
      default:
        return `quantity is ${quantity[line]}`
    }
  }

  payload(line: number): Uint8Array {
    const { start, end } = this.#scratch.lines!
    return copyOf(this.#scratch, start[line]!, end[line]!)
  }

  write(row: number, count: number): void {
    const { source } = this.#scratch
    const columns = this.#columns
    const promotions = columns.promotion
    const { start, end } = this.#promotion
    for (let line = 0, at = row; line < count; line++, at++) {
      const from = start[line]!
      promotions.indices[at] = from === -1 ? -1 : promotions.intern(source, from, end[line]!)
    }
    this.#writeNumbers(row, count)
    if (this.accepted === count) return
    for (let line = 0; line < count; line++) {
      if (this.verdicts[line] !== ACCEPTED) this.#forget(row + line)
    }
  }

  #writeNumbers(row: number, count: number): void {
    const columns = this.#columns
    const scans = this.#scans
    const grosses = this.#gross
    const unitEntries = this.#units.all()
    const sku = columns.sku.indices
    const quantity = columns.quantity.values
    const unit = columns.unit.indices
    const unitPrice = columns.unitPrice.values
    const gross = columns.gross.values
    const discount = columns.discount.values
    const net = columns.net.values
    const scannedAt = columns.scannedAt.values
    const isReturn = this.#kind[0] === this.#return
    for (let line = 0, at = row; line < count; line++, at++) {
      const value = grosses[line]!
      const off = scans.discount[line]!
      sku[at] = scans.sku[line]!
      unit[at] = unitEntries[1 + scans.unit[line]!]!
      unitPrice[at] = scans.unitPrice[line]!
      scannedAt[at] = scans.scannedAt[line]!
      // Taken from 0, so that a 0 keeps its sign.
      quantity[at] = isReturn ? 0 - scans.quantity[line]! : scans.quantity[line]!
      gross[at] = isReturn ? 0 - value : value
      discount[at] = isReturn ? 0 - off : off
      net[at] = isReturn ? off - value : value - off
    }
  }

  /** Of a refused line only the SKU is kept: the rest is in its payload. */
  #forget(at: number): void {
    const { quantity, unit, unitPrice, gross, discount, net, promotion, scannedAt } = this.#columns
    for (const column of [quantity, unit, unitPrice, gross, discount, net, promotion, scannedAt])
      column.setNull(at)
  }

  clear(): void {
    this.#products.clear()
    this.#units.clear()
  }
}
