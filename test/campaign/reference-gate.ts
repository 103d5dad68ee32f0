/**
 * What must come of the baskets of dirt.ts, worked out from the messages that Kafka really holds: a producer whose
 * broker dies sends twice now and then, which no count of what was meant to be sent can foresee. Written apart from
 * the gate, by the rules of services/contracts/refusals.ts alone.
 */
import type { Basket } from '@shelfcast/contracts/events'

/** One row, accepted or refused. */
export interface ExpectedRow {
  offset: number
  /** Position in the basket, from 1; 0 for the whole message. */
  line: number
  /** `sale`, `return`, or the reason of the refusal. */
  outcome: string
  /** Minor units; of a refused row, the lines that it stands for. */
  amount: number
}

/** The rules over one partition. */
export class ReferenceGate {
  readonly #accepted = new Set<string>()

  /** @param value of the message at this offset; messages come in the order of their offsets */
  judge(offset: number, value: Buffer): ExpectedRow[] {
    const basket = parsed(value)
    if (!basket) return [{ offset, line: 0, outcome: 'not_json', amount: 1 }]
    const { kind, lines } = basket
    const id = `${basket.store_id} ${basket.basket_id}`
    if (this.#accepted.has(id)) return [{ offset, line: 0, outcome: 'repeated', amount: lines.length }]
    const scans = new Set<string>()
    return lines.map((line, index) => {
      const row = (outcome: string, amount: number) => ({ offset, line: index + 1, outcome, amount })
      if (line.sku === 'T-POST') return row('not_a_product', 1)
      if (line.unit_price === 0) return row('price_zero', 1)
      const scan = `${line.sku} ${line.scanned_at}`
      if (scans.has(scan)) return row('duplicate_line', 1)
      scans.add(scan)
      this.#accepted.add(id)
      const net = line.quantity * line.unit_price - line.discount
      return row(kind, kind === 'return' ? -net : net)
    })
  }
}

function parsed(value: Buffer): Basket | undefined {
  try {
    return JSON.parse(value.toString())
  } catch {
    return undefined
  }
}
