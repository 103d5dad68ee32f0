/** Rules of `sales-transactions`: a basket is refused as a whole, or line by line. */
import { Basket, grossAmount, SaleLine } from '@shelfcast/contracts/events'
import { LIMITS, type RefusalCode } from '@shelfcast/contracts/refusals'
import { SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { businessDate } from '../calendar.ts'
import { lineBytes } from './line-bytes.ts'
import type { Message, Parsed, Refusal, Row, World } from './message.ts'
import { firstFault, isEventTime, parseInstant, parseObject, refuse } from './parse.ts'

// The lines are judged one by one, so that a bad one does not take the basket with it.
const Envelope = Type.Object(
  { ...Basket.properties, lines: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 5_000 }) },
  { additionalProperties: false },
)
type Envelope = Static<typeof Envelope>
const envelopeValidator = Compile(Envelope)
const lineValidator = Compile(SaleLine)

export function parseSale(message: Message): Parsed | Refusal {
  const parsed = parseObject(message, SCHEMA_VERSION['sales-transactions'])
  if (!('object' in parsed)) return parsed
  const value = parsed.object
  const lineCount = Array.isArray(value.lines) ? Math.max(1, value.lines.length) : 1
  if (!envelopeValidator.Check(value))
    return refuse('schema', firstFault(envelopeValidator, value), { lineCount })

  const basket: Envelope = value
  const eventTime = parseInstant(basket.event_time)
  const cells = {
    basket_id: basket.basket_id,
    kind: basket.kind,
    store_id: basket.store_id,
    till_id: basket.till_id,
    cashier_id: basket.cashier_id,
    customer_id: basket.customer_id,
    event_time: eventTime,
    currency: basket.currency,
    payment: basket.payment,
  }
  if (!isEventTime(eventTime)) {
    return refuse('time_out_of_range', `event_time is ${basket.event_time}`, {
      lineCount,
      cells: { ...cells, event_time: null },
    })
  }
  return {
    id: basket.basket_id,
    storeId: basket.store_id,
    lineCount,
    cells,
    unknown: (world) =>
      world.store(basket.store_id) === undefined ||
      basket.lines.some((line) => lineValidator.Check(line) && world.product(line.sku) === undefined),
    judge: (world) => judgeBasket(message, basket, { ...cells, event_time: eventTime }, world),
  }
}

function judgeBasket(
  message: Message,
  basket: Envelope,
  cells: Parsed['cells'] & { event_time: number },
  world: World,
): Row[] {
  const store = world.store(basket.store_id)
  const whole = { ...cells, line_no: 0, line_count: basket.lines.length }
  if (!store) {
    return [
      {
        ...whole,
        reason: 'unknown_store',
        detail: `store "${basket.store_id}" is not in the reference data`,
        payload: message.value!,
      },
    ]
  }
  const sign = basket.kind === 'return' ? -1 : 1
  const common = { ...cells, business_date: businessDate(cells.event_time, store.timeZone), line_count: 1 }
  const seen = new Set<string>()
  let payloads: Uint8Array[] | undefined

  return basket.lines.map((line, index) => {
    const refused = (reason: RefusalCode, detail: string): Row => {
      payloads ??= lineBytes(message.value!)
      return {
        ...common,
        line_no: index + 1,
        sku: legibleSku(line),
        reason,
        detail,
        payload: payloads[index]!,
      }
    }
    if (!lineValidator.Check(line)) return refused('line_schema', firstFault(lineValidator, line))
    const scannedAt = parseInstant(line.scanned_at)
    if (!isEventTime(scannedAt)) return refused('line_schema', `scanned_at is ${line.scanned_at}`)
    const fault = domainFault(line, world, seen)
    if (fault) return refused(fault.reason, fault.detail)
    const gross = grossAmount(line)
    return {
      ...common,
      line_no: index + 1,
      sku: line.sku,
      quantity: sign * line.quantity,
      unit: line.unit,
      unit_price: line.unit_price,
      gross_amount: sign * gross,
      discount: sign * line.discount,
      net_amount: sign * (gross - line.discount),
      promotion_id: line.promotion_id,
      scanned_at: scannedAt,
    }
  })
}

/** The first domain rule that a line breaks. `seen` holds the lines before it in the basket. */
function domainFault(
  line: SaleLine,
  world: World,
  seen: Set<string>,
): { reason: RefusalCode; detail: string } | undefined {
  const product = world.product(line.sku)
  if (!product) return { reason: 'unknown_sku', detail: `SKU "${line.sku}" is not in the reference data` }
  if (product.kind === 'service') return { reason: 'not_a_product', detail: `SKU "${line.sku}" is a service` }
  if (line.quantity <= 0) return { reason: 'quantity_not_positive', detail: `quantity is ${line.quantity}` }
  if (line.quantity > LIMITS.quantity[line.unit])
    return { reason: 'quantity_out_of_range', detail: `quantity is ${line.quantity}` }
  if (line.unit_price === 0) return { reason: 'price_zero', detail: 'unit_price is 0' }
  if (line.unit_price < 0) return { reason: 'price_negative', detail: `unit_price is ${line.unit_price}` }
  const gross = grossAmount(line)
  if (line.unit_price > LIMITS.unitPrice || gross > LIMITS.lineAmount) {
    return { reason: 'price_out_of_range', detail: `unit_price is ${line.unit_price}, the line ${gross}` }
  }
  if (line.discount < 0 || line.discount > gross) {
    return { reason: 'discount_out_of_range', detail: `discount is ${line.discount} on a gross of ${gross}` }
  }
  const likeness = `${line.sku} ${line.quantity}${line.unit} ${line.unit_price} ${line.discount} ${line.scanned_at}`
  if (seen.has(likeness)) {
    const what = `${line.quantity} ${line.unit} of ${line.sku} at ${line.unit_price}, scanned ${line.scanned_at}`
    return { reason: 'duplicate_line', detail: `same as an earlier line: ${what}` }
  }
  seen.add(likeness)
  return undefined
}

/** The SKU of a refused line where it can be read, for those who look for it. */
function legibleSku(line: unknown): string | undefined {
  const sku = typeof line === 'object' && line !== null && 'sku' in line ? line.sku : undefined
  return typeof sku === 'string' ? sku.slice(0, 64) : undefined
}
