/** Walks a thread from where it is asked for: back to single baskets, or forward to orders. */
import { daysBetween } from '@shelfcast/contracts/dates'
import {
  HOP_ROWS,
  type Hop,
  parseReceipt,
  type Receipt,
  type ReceiptAnswer,
  type ReceiptOf,
  type ReceiptQuestion,
  receiptId,
} from '@shelfcast/contracts/receipts'
import type { Operational } from '@shelfcast/operational/client'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'
import { basketHop, lineHop } from './basket.ts'
import { type BlockSources, blockHop } from './block.ts'
import { dayHop } from './day.ts'
import { SALES_TOPIC, type SaleFact } from './facts.ts'
import { featuresHop } from './features.ts'
import { forecastHop } from './forecast.ts'
import { badMark, createProve, type Page } from './hops.ts'
import { type Letter, lettersAt, lettersOfBasket } from './letters.ts'
import { linesAt, linesOfBasket, sameInLake } from './lines.ts'
import { movementHop } from './movement.ts'
import { orderHop } from './order-line.ts'
import { ordersHop } from './orders.ts'
import { planHop } from './plan-line.ts'
import { type ScoredInputs, scoredInputs } from './scored.ts'
import { LIVE } from './series-day.ts'
import { usesHop } from './uses.ts'
import { dayToFollow, windowHop } from './window.ts'

export type ReadReceipt = (id: string, question: ReceiptQuestion) => Promise<ReceiptAnswer>

/** Those whose rows come in pages. */
const PAGED = ['window', 'day', 'basket', 'uses', 'orders']
const FORWARD: readonly Receipt['kind'][] = ['basket', 'scan', 'line', 'uses', 'orders']
/** Lines of a message or a basket that a hop of one line shows beside it: the same line sent again. */
const SAME_LINES = 10

type Sources = Omit<BlockSources, 'prove'> & { read: Reader; operational: Operational }

export function createReceipts(options: Sources): ReadReceipt {
  const sources = { ...options, prove: createProve(options.read) }
  const { prove } = sources

  return async (id, { limit = HOP_ROWS, after }) => {
    const receipt = parseReceipt(id)
    if (!receipt)
      throw fault(
        400,
        'invalid_request',
        `Parameter "receipt_id" is "${id.slice(0, 100)}": it has a day that the calendar does not have, or parts that its kind does not have. See /docs for the kinds.`,
      )
    if (after !== undefined && !PAGED.includes(receipt.kind)) throw badMark(after)
    const hops = await hopsOf(receipt, { limit, after })
    const [first] = hops
    // What is not there at all, rather than a thread that ends early.
    if (first!.missing !== null && first!.rows.length === 0 && Object.keys(first!.figures).length === 0)
      throw fault(404, 'unknown_receipt', first!.missing)
    return { id, direction: FORWARD.includes(receipt.kind) ? 'forward' : 'back', hops }
  }

  async function hopsOf(receipt: Receipt, page: Page): Promise<Hop[]> {
    switch (receipt.kind) {
      case 'order':
        return fromOrder(receipt, page)
      case 'plan':
        return fromPlan(receipt, page)
      case 'forecast':
        return fromForecast(receipt, page, 1)
      case 'features':
        return fromFeatures(receipt, page)
      case 'window':
        return fromWindow(receipt, page)
      case 'day':
        return fromDay(receipt, page)
      case 'block':
        return [(await blockHop(sources, receipt)).hop]
      case 'basket':
        return [(await basketHop(prove, receipt, page)).hop]
      case 'scan':
        return fromScan(receipt, page)
      case 'line':
        return fromLine(receipt, page)
      case 'uses':
        return fromUses(receipt, page)
      case 'orders':
        return [await ordersHop(sources, receipt, page)]
    }
  }

  async function fromOrder(receipt: ReceiptOf<'order'>, page: Page): Promise<Hop[]> {
    const { hop, line } = await told(orderHop(sources.operational, receipt))
    if (!line?.plan) return [hop]
    return [hop, ...(await fromPlan({ plan: line.plan, store_id: line.store_id, sku: line.sku }, page))]
  }

  async function fromPlan(parts: Omit<ReceiptOf<'plan'>, 'kind'>, page: Page): Promise<Hop[]> {
    const { hop, line } = await planHop(prove, parts)
    if (!line || line.model_version === '') return [hop]
    const { store_id, sku } = parts
    const { origin, model_version, expected_on } = line
    // What is ordered is sold from the day on which it comes.
    const horizon = expected_on === null ? 1 : daysBetween(origin, expected_on)
    return [hop, ...(await fromForecast({ store_id, sku, origin, model_version }, page, horizon))]
  }

  async function fromForecast(
    { store_id, sku, origin, model_version }: Omit<ReceiptOf<'forecast'>, 'kind'>,
    page: Page,
    horizon: number,
  ): Promise<Hop[]> {
    const { hop, forecast } = await forecastHop(prove, { store_id, sku, origin, model_version })
    const [first] = forecast
    if (!first) return [hop]
    const row = forecast.find((one) => one.horizon === horizon) ?? first
    const { feature_hash } = row
    const parts = { feature_hash, store_id, sku, origin, horizon: String(row.horizon) }
    // Forecasts from before there was a feature store, or of others, have no hash.
    if (receiptId('features', parts) === null)
      return [hop, ...(await fromWindow({ store_id, sku, origin }, page))]
    const scored = await scoredInputs(sources, { store_id, sku, origin, model_version, horizon: row.horizon })
    return [hop, ...(await fromFeatures(parts, page, scored))]
  }

  async function fromFeatures(
    parts: Omit<ReceiptOf<'features'>, 'kind'>,
    page: Page,
    scored?: ScoredInputs,
  ): Promise<Hop[]> {
    const { hop, values } = await featuresHop(sources, parts, scored)
    return [hop, ...(await fromWindow(parts, page, values))]
  }

  async function fromWindow(
    { store_id, sku, origin }: Omit<ReceiptOf<'window'>, 'kind'>,
    page: Page,
    values?: Parameters<typeof windowHop>[3],
  ): Promise<Hop[]> {
    const { hop, days } = await windowHop(prove, { store_id, sku, origin }, page, values)
    const day = dayToFollow(days)
    if (!day || page.after !== undefined) return [hop]
    return [hop, ...(await fromDay({ store_id, sku, day: day.day }, page))]
  }

  async function fromDay(parts: Omit<ReceiptOf<'day'>, 'kind'>, page: Page): Promise<Hop[]> {
    const { hop, lines } = await dayHop(sources, parts, page)
    const [line] = lines
    if (!line || page.after !== undefined) return [hop]
    const [block, basket] = await Promise.all([
      blockOfLine(line),
      basketHop(prove, { store_id: line.store_id, basket_id: line.basket_id }, { limit: page.limit }),
    ])
    return [hop, block.hop, basket.hop]
  }

  async function fromScan(receipt: ReceiptOf<'scan'>, page: Page): Promise<Hop[]> {
    const { store_id, basket_id } = receipt
    const line_no = Number(receipt.line_no)
    const at = await linesOfBasket(prove, { store_id, basket_id }, SAME_LINES, { line_no, offset: -1 })
    const lines = at.lines.filter((line) => line.line_no === line_no)
    const [id, name] = [
      receiptId('scan', receipt),
      `Line ${line_no} of basket ${basket_id} of store ${store_id}`,
    ]
    const [line] = lines
    if (line) return forward(lineHop('scan', id, name, { ...at, lines }, undefined), line, page)
    const letters = await lettersOfBasket(prove, { store_id, basket_id })
    const rows = letters.rows.filter((letter) => [0, line_no].includes(letter.line_no))
    return refused(lineHop('scan', id, name, { ...at, lines }, { ...letters, rows }), rows)
  }

  async function fromLine(receipt: ReceiptOf<'line'>, page: Page): Promise<Hop[]> {
    if (receipt.topic !== SALES_TOPIC) return fromMovement(receipt)
    const [at, letters] = await Promise.all([linesAt(prove, receipt, page.limit), lettersAt(prove, receipt)])
    const line_no = Number(receipt.line_no)
    const rows = letters.rows.filter((letter) => line_no === 0 || [0, line_no].includes(letter.line_no))
    const name = `${line_no === 0 ? 'The message' : `Line ${line_no} of the message`} at offset ${receipt.offset} of ${receipt.topic}, partition ${receipt.partition}`
    const hop = lineHop('line', receiptId('line', receipt), name, at, { ...letters, rows })
    const [line] = at.lines
    if (line && line_no > 0) return forward(hop, line, page)
    return hop.missing === null ? [hop, (await blockHop(sources, receipt)).hop] : [hop]
  }

  /** What was refused is in the block too, and goes no further. */
  async function refused(hop: Hop, [letter]: readonly Letter[]): Promise<Hop[]> {
    if (!letter) return [hop]
    const { topic, epoch, partition, offset } = letter
    const place = { topic, epoch: String(epoch), partition: String(partition), offset: String(offset) }
    return [hop, (await blockHop(sources, place)).hop]
  }

  async function fromMovement(receipt: ReceiptOf<'line'>): Promise<Hop[]> {
    const hop = await movementHop(prove, receipt)
    return hop.missing === null ? [hop, (await blockHop(sources, receipt)).hop] : [hop]
  }

  async function forward(hop: Hop, line: SaleFact, page: Page): Promise<Hop[]> {
    const parts = { store_id: line.store_id, sku: line.sku, day: line.business_date }
    const [block, day] = await Promise.all([blockOfLine(line), dayHop(sources, parts, { limit: page.limit })])
    // Forecasts read one source of a day.
    if (day.row && day.row.source !== LIVE) {
      const missing = `The history "${day.row.source}" tells this day, so forecasts read that and not this basket: the thread ends here.`
      return [hop, block.hop, { ...day.hop, missing }]
    }
    return [hop, block.hop, day.hop, ...(await fromUses(parts, page, block.block?.loaded_at))]
  }

  async function fromUses(
    parts: Omit<ReceiptOf<'uses'>, 'kind'>,
    page: Page,
    loadedAt?: string,
  ): Promise<Hop[]> {
    if (page.after !== undefined) return [(await usesHop(prove, parts, page)).hop]
    const [uses, orders] = await Promise.all([
      usesHop(prove, parts, page, loadedAt),
      ordersHop(sources, parts, page),
    ])
    return [uses.hop, orders]
  }

  async function blockOfLine(line: SaleFact) {
    const { epoch, partition, offset } = line
    const answer = await blockHop(sources, {
      topic: SALES_TOPIC,
      epoch: String(epoch),
      partition: String(partition),
      offset: String(offset),
    })
    if (!answer.block || answer.hop.figures.in_lake !== true) return answer
    const same = await sameInLake(sources.read, answer.block.key, line)
    return { ...answer, hop: { ...answer.hop, figures: { ...answer.hop.figures, same_line_in_lake: same } } }
  }
}
