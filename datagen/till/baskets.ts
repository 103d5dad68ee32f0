/** The baskets of a store hour: what the visitors got, what came back, and what happened at the till meanwhile. */

import { instant } from '@shelfcast/contracts/dates'
import type { PosEvent } from '@shelfcast/contracts/events'
import { lineAmounts } from '../sim/amounts.ts'
import type { Conditions } from '../sim/model.ts'
import { cumulative, indexAt, type Key, keyOf, uniformAt } from '../sim/random.ts'
import { PROFILES } from '../world/world.ts'
import { damaged } from './delivery.ts'
import { DRAW, DRAWS } from './draws.ts'
import { createDraft, createEncoder, PAYMENTS, type ProductTexts, totalOf } from './encode.ts'
import { createLineFaults, type Scanning } from './line-faults.ts'
import { createService, type Service } from './service.ts'
import { cashierAt } from './staff.ts'
import { messageOf, type StoreHour } from './store-hour.ts'
import { createVisits, type Visits } from './visits.ts'

const PAYMENT_SHARES = cumulative([58, 24, 15, 3])
// Self-checkouts take no cash and no vouchers.
const SELF_PAYMENT_SHARES = cumulative([58, 24])
const VOID_SHARE = 0.01
const OVERRIDE_SHARE = 0.006
const SCANNER_FAULT_SHARE = 0.003
/** Goods that come back are seen to at the last till, which is opened for nothing else as long as it can be helped. */
const RETURN_MS = 60_000
// Less than any scan takes.
const BESIDE_MS = 600

export function createBaskets(conditions: Conditions, store: number, key: Key, texts: ProductTexts) {
  const { world } = conditions
  const twinStore = world.stores[store]!
  const { store_id } = twinStore
  const { noise, products } = world
  const zone = PROFILES.indexOf(twinStore.profile) * products.length
  const group = createVisits(world, store)
  const serve = createService(twinStore)
  const encode = createEncoder(world, store, texts)
  const soil = createLineFaults(world, store)
  const draft = createDraft()

  return (storeHour: StoreHour, isMissing: (till: number) => boolean): void => {
    const { day, hour, wants, firstWant, span, slice, inService } = storeHour
    const hourKey = keyOf(key, 'visits', day.day * 24 + hour)
    const from = firstWant[hour]!
    const to = firstWant[hour + 1]!
    if (inService.length > 0 && from < to) {
      const visits = group(wants, from, to, hourKey)
      const service = serve(visits, wants, span, inService, hourKey)
      sales(storeHour, isMissing, visits, service, hourKey)
    }
    const back = day.returns.filter((customer) => customer.hour === hour)
    for (const [index, { product, quantity }] of back.entries()) {
      const returnKey = keyOf(key, 'returns', day.day * 24 + hour)
      const share = uniformAt(...returnKey, index * DRAWS + DRAW.arrival)
      const at = span.begin + RETURN_MS + Math.floor(share * (span.end - span.begin - RETURN_MS))
      if (at < slice.begin || at >= slice.end) continue
      goodsBack(storeHour, product, quantity, at, returnKey, index)
    }
  }

  function sales(
    storeHour: StoreHour,
    isMissing: (till: number) => boolean,
    visits: Visits,
    service: Service,
    hourKey: Key,
  ): void {
    const { day, hour, slice, skew, active } = storeHour
    const [low, high] = hourKey
    const priceOf = pricesAt(storeHour)
    const scanning: Scanning = {
      draft,
      key: hourKey,
      visit: 0,
      doubleScan: active.reduce(
        (share, { kind, strength }) => (kind === 'scanner_fault' ? Math.max(share, strength) : share),
        noise.double_scan,
      ),
      skew: 0,
      yesterdaysPrice: (product) => conditions.on(day.day - 1).price[zone + product]!,
      label: storeHour.label,
    }
    for (let visit = 0; visit < visits.count; visit++) {
      const at = service.paid[visit]!
      if (at < slice.begin || at >= slice.end) continue
      const till = service.till[visit]!
      scan(storeHour, visits, service, visit, priceOf)
      if (draft.count === 0) continue
      const number = visit + 1
      const drawn = (draw: number) => uniformAt(low, high, visit * DRAWS + draw)
      const customer = visits.customer[visit]!
      const isSelf = till <= twinStore.self_checkouts
      draft.basket_id = storeHour.id('B', number)
      draft.kind = 'sale'
      draft.till_id = till
      draft.cashier_id = cashierAt(twinStore, till, hour)
      draft.customer_id = customer === 0 ? '' : `${store_id}-C${String(customer).padStart(4, '0')}`
      draft.event_time = at + skew[till]!
      const shares = isSelf ? SELF_PAYMENT_SHARES : PAYMENT_SHARES
      draft.payment = PAYMENTS[indexAt(shares, drawn(DRAW.payment) * shares[shares.length - 1]!)]!
      incidents(storeHour, at, visit, hourKey)
      const isMalformed = drawn(DRAW.malformed) < noise.malformed
      const arrives = !isMissing(till)
      if (arrives && !isMalformed) {
        scanning.visit = visit
        scanning.skew = skew[till]!
        soil(scanning)
      }
      const { basket_id, count: lines } = draft
      const text = encode(draft)
      let value: Buffer
      if (arrives && isMalformed) {
        const damage = damaged(text, { store_id, basket_id, till_id: till, at }, hourKey, visit)
        value = damage.value
        storeHour.label(damage.label)
      } else value = Buffer.from(text, 'latin1')
      storeHour.post({
        till,
        topic: 'sales-transactions',
        store_id,
        message_id: basket_id,
        at,
        value,
        lines,
        amount: arrives ? 0 : totalOf(draft, world),
        key: hourKey,
        number: visit,
      })
    }
  }

  /** Puts what the visitor got into the draft, scan by scan. */
  function scan(
    { wants, day, skew }: StoreHour,
    visits: Visits,
    service: Service,
    visit: number,
    priceOf: (product: number) => number,
  ): void {
    const ahead = skew[service.till[visit]!]!
    let time = service.begin[visit]! + ahead
    draft.count = 0
    const end = visits.first[visit + 1]!
    for (let line = visits.first[visit]!; line < end; line++) {
      const want = visits.want[line]!
      const apart = service.apart[line]!
      time += service.step[line]!
      const got = wants.got[want]!
      if (got > 0) {
        const product = wants.product[want]!
        const coupon = wants.coupon[want] === 1
        if (apart > 0 && got > 1 && day.promotion[product]! < 0 && products[product]!.unit === 'each') {
          for (let piece = 0; piece < got; piece++) add(product, 1, coupon, time + piece * apart)
        } else add(product, got, coupon, time)
      }
      if (wants.substituteQuantity[want]! > 0) {
        // Beside the part of it that was there, where there was one.
        const beside = got > 0 ? apart * (got - 1) + BESIDE_MS : 0
        add(wants.substitute[want]!, wants.substituteQuantity[want]!, false, time + beside)
      }
      if (apart > 0) time += apart * (wants.quantity[want]! - 1)
    }

    function add(product: number, quantity: number, coupon: boolean, scannedAt: number): void {
      addLine(day.conditions.promotions[day.promotion[product]!], product, quantity, priceOf(product), coupon)
      draft.scanned_at[draft.count - 1] = scannedAt
    }
  }

  function addLine(
    promotion: Parameters<typeof lineAmounts>[2],
    product: number,
    quantity: number,
    price: number,
    coupon: boolean,
  ): void {
    const { discount } = lineAmounts(products[product]!, price, promotion, quantity, coupon)
    const line = draft.count++
    draft.product[line] = product
    draft.quantity[line] = quantity
    draft.unit_price[line] = price
    draft.discount[line] = discount
    draft.promotion_id[line] = promotion && discount > 0 ? promotion.promotion_id : ''
    draft.misread[line] = ''
  }

  /** What the customer paid comes back, at the price of the day. */
  function goodsBack(
    storeHour: StoreHour,
    product: number,
    quantity: number,
    at: number,
    returnKey: Key,
    index: number,
  ): void {
    const { day, hour, skew, inService } = storeHour
    const till = inService.at(-1)
    if (till === undefined) return
    draft.count = 0
    const promotion = day.conditions.promotions[day.promotion[product]!]
    addLine(promotion, product, quantity, pricesAt(storeHour)(product), false)
    draft.scanned_at[0] = at - RETURN_MS / 4 + skew[till]!
    draft.basket_id = storeHour.id('Q', index + 1)
    draft.kind = 'return'
    draft.till_id = till
    draft.cashier_id = cashierAt(twinStore, till, hour)
    draft.customer_id = ''
    draft.event_time = at + skew[till]!
    draft.payment = 'card'
    const amount = totalOf(draft, world)
    storeHour.post({
      till,
      topic: 'sales-transactions',
      store_id,
      message_id: draft.basket_id,
      at,
      value: Buffer.from(encode(draft), 'latin1'),
      lines: 1,
      amount: -amount,
      key: returnKey,
      number: 2 * index,
    })
    incident(storeHour, 'refund', 'R', at, returnKey, 2 * index + 1, index + 1, { amount })
  }

  /** What a till reports besides the basket that is in the draft. */
  function incidents(storeHour: StoreHour, at: number, visit: number, hourKey: Key): void {
    const drawn = (draw: number) => uniformAt(hourKey[0], hourKey[1], visit * DRAWS + draw)
    const about = { sku: products[draft.product[0]!]!.sku, amount: draft.unit_price[0]! }
    if (drawn(DRAW.void) < VOID_SHARE) tell('void', 'V', about)
    if (drawn(DRAW.override) < OVERRIDE_SHARE) {
      tell('price_override', 'O', { ...about, detail: 'damaged packaging' })
    }
    if (drawn(DRAW.scannerFault) < SCANNER_FAULT_SHARE) {
      tell('scanner_fault', 'F', { detail: 'barcode not read, keyed by hand' })
    }

    function tell(kind: PosEvent['kind'], letter: string, rest: Partial<PosEvent>): void {
      const eventKey = keyOf(hourKey, letter)
      incident(storeHour, kind, letter, at, eventKey, visit, visit + 1, rest)
    }
  }

  function incident(
    storeHour: StoreHour,
    kind: PosEvent['kind'],
    letter: string,
    at: number,
    eventKey: Key,
    draw: number,
    number: number,
    rest: Partial<PosEvent>,
  ): void {
    const { basket_id, till_id, cashier_id } = draft
    const event_id = storeHour.id(letter, number)
    const event: PosEvent = {
      event_id,
      kind,
      store_id,
      till_id,
      cashier_id,
      event_time: instant(at + storeHour.skew[till_id]!),
      basket_id,
      ...rest,
    }
    storeHour.post(messageOf('pos-events', event_id, event, at, till_id, eventKey, draw))
  }

  /** Shelf prices of the hour. */
  function pricesAt({ day, active }: StoreHour): (product: number) => number {
    if (active.some(({ kind }) => kind === 'price_drop')) {
      return (product) => conditions.priceUnder(active, store, product, day.day)
    }
    const { price } = day.conditions
    return (product) => price[zone + product]!
  }
}
