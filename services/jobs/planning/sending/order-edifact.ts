/**
 * An order as UN/EDIFACT ORDERS of directory D.96A. The codes are those of its code lists:
 * https://service.unece.org/trade/untdid/d96a/trmd/orders_s.htm
 */
import { createHash } from 'node:crypto'
import type { OutboxEntry } from '@shelfcast/operational/outbox-entry'
import { interchange, message, type Segment } from './edifact.ts'
import { decimalAmount } from './money.ts'

const SENDER = 'SHELFCAST'

/** Unit of a quantity and of its price, UN/ECE recommendation 20: pieces, grams and kilograms, millilitres and litres. */
const MEASURES = {
  each: { quantity: 'PCE', price: 'PCE' },
  g: { quantity: 'GRM', price: 'KGM' },
  ml: { quantity: 'MLT', price: 'LTR' },
} as const

/** Characters that D.96A gives to a data element, and what we put there. */
const LENGTHS = {
  order: { most: 35, element: '1004, document number' },
  party: { most: 17, element: '3039, party identification' },
  item: { most: 35, element: '7140, item number' },
} as const

/** @throws where an id is longer than the directory takes */
export function edifactOrder({ idempotency_key, order }: OutboxEntry): Buffer {
  const number = fitting(order.purchase_order_id, 'order')
  const segments: Segment[] = [
    // 220: order; 9: original.
    ['BGM', 220, number, 9],
    // 137: of the document; 2: delivery requested; 102: CCYYMMDD.
    ['DTM', [137, compact(order.order_on), 102]],
    ...(order.expected_on === null ? [] : [['DTM', [2, compact(order.expected_on), 102]] as const]),
    // Buyer, supplier, and where it is delivered; 92: known by the ids of the buyer.
    ['NAD', 'BY', [fitting(order.store_id, 'party'), '', 92]],
    ['NAD', 'SU', [fitting(order.supplier_id, 'party'), '', 92]],
    ['NAD', 'DP', [order.store_id, '', 92]],
    // 2: reference currency; 9: of the order.
    ['CUX', [2, order.currency, 9]],
    ...order.lines.flatMap((line): Segment[] => {
      const { quantity, price } = MEASURES[line.unit]
      return [
        ...itemOf(line.line_no, fitting(line.sku, 'item')),
        // 21: ordered.
        ['QTY', [21, line.quantity, quantity]],
        // AAA: net; the price of one of its unit.
        ['PRI', ['AAA', decimalAmount(line.unit_cost, order.currency), '', '', 1, price]],
      ]
    }),
    ['UNS', 'S'],
    // 86: of the message in all.
    ['MOA', [86, decimalAmount(order.amount, order.currency), order.currency]],
    // 2: lines.
    ['CNT', [2, order.lines.length]],
  ]
  return interchange(
    {
      sender: SENDER,
      recipient: order.supplier_id,
      at: new Date(order.approved_at),
      reference: referenceOf(idempotency_key),
    },
    message('1', ['ORDERS', 'D', '96A', 'UN'], segments),
  )
}

/** An item by its GTIN with ours beside it (1: additional), or by ours alone (5: it identifies the product). */
function itemOf(lineNo: number, sku: string): Segment[] {
  return isGtin(sku)
    ? [
        ['LIN', lineNo, '', [sku, 'EN']],
        ['PIA', 1, [sku, 'IN']],
      ]
    : [
        ['LIN', lineNo],
        ['PIA', 5, [sku, 'IN']],
      ]
}

/** GTIN-8, -12, -13 or -14, by its check digit (GS1 General Specifications, 7.9). */
function isGtin(sku: string): boolean {
  if (!/^(\d{8}|\d{12,14})$/.test(sku)) return false
  const digits = Array.from(sku, Number).reverse()
  return digits.reduce((sum, digit, at) => sum + digit * (at % 2 === 1 ? 3 : 1), 0) % 10 === 0
}

function fitting(id: string, use: keyof typeof LENGTHS): string {
  const { most, element } = LENGTHS[use]
  if (id.length <= most) return id
  throw new Error(
    `"${id}" has ${id.length} characters, and D.96A takes ${most} in data element ${element}. Send such orders as csv or by erp (ORDER_CHANNEL).`,
  )
}

const compact = (day: string) => day.replaceAll('-', '')

/** Names the interchange for its receiver, who takes none twice: at most 14 characters, the same at each attempt. */
const referenceOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 14).toUpperCase()
