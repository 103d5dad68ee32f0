/** Judges the messages that are one row: stock movements and till events. */
import { LIMITS } from '@shelfcast/contracts/refusals'
import type { BlockColumns, Int32Column } from '../columns.ts'
import { type Products, UNKNOWN } from './dimensions.ts'
import type { Decision } from './rows-writer.ts'
import { copyOf, type Scratch } from './scratch.ts'
import { ACCEPTED, MOST_OF_UNIT, refusedFor, type Verdict } from './verdict.ts'

const UNKNOWN_SKU = refusedFor('unknown_sku')
const QUANTITY_RANGE = refusedFor('quantity_out_of_range')

export class SingleRowJudge implements Decision {
  readonly verdicts = new Uint8Array(1)
  readonly firstNumber = 0
  accepted = 0
  readonly #scratch: Scratch
  readonly #products: Products
  readonly #sku
  readonly #moved
  readonly #skuTexts
  readonly #businessDate: Int32Column

  constructor(scratch: Scratch, columns: BlockColumns, products: Products, isMovement: boolean) {
    const { fields } = scratch
    this.#scratch = scratch
    this.#products = products
    this.#sku = fields.text('sku')
    this.#moved = isMovement
      ? { quantity: fields.number('quantity').value, unit: fields.choice('unit').value }
      : undefined
    this.#skuTexts = columns.text('sku')
    this.#businessDate = columns.int32('business_date')
  }

  /** @returns whether its SKU is known. Where it is not and the answer is not final, there is no verdict. */
  judge(isFinal: boolean): boolean {
    const verdict = this.#verdict()
    this.verdicts[0] = verdict
    this.accepted = verdict === ACCEPTED ? 1 : 0
    return verdict !== UNKNOWN_SKU || isFinal
  }

  #verdict(): Verdict {
    const sku = this.#sku.entry[0]!
    const products = this.#products
    products.grow()
    if (sku !== -1 && (products.kinds[sku]! || products.ask(sku)) === UNKNOWN) return UNKNOWN_SKU
    const moved = this.#moved
    if (!moved) return ACCEPTED
    const most = LIMITS.movementFactor * MOST_OF_UNIT[moved.unit[0]!]!
    return Math.abs(moved.quantity[0]!) > most ? QUANTITY_RANGE : ACCEPTED
  }

  detail(): string {
    return this.verdicts[0] === UNKNOWN_SKU
      ? `SKU "${this.#skuTexts.entryText(this.#sku.entry[0]!)}" is not in the reference data`
      : `quantity is ${this.#moved!.quantity[0]}`
  }

  payload(): Uint8Array {
    const { originalStart, originalEnd } = this.#scratch
    return copyOf(this.#scratch, originalStart, originalEnd)
  }

  write(row: number): void {
    // A message that is refused as a whole has no day at the store.
    if (this.accepted === 0) this.#businessDate.setNull(row)
  }

  clear(): void {
    this.#products.clear()
  }
}
