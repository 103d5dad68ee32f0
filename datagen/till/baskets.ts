/** The baskets of a store hour: what the visitors got, what came back, and what happened at the till meanwhile. */

import type { PosEvent } from '@shelfcast/contracts/events'
import { lineAmounts } from '../sim/amounts.ts'
import type { Conditions, CustomerReturn, Promotion } from '../sim/model.ts'
import { cumulative, indexAt, type Key, keyOf, uniformAt } from '../sim/random.ts'
import { PROFILES, type TwinStore, type World } from '../world/world.ts'
import { damaged } from './delivery.ts'
import { DRAW, DRAWS } from './draws.ts'
import { BasketEncoder, createDraft, PAYMENTS, type ProductTexts, totalOf } from './encode.ts'
import { LineFaults, type Scanning } from './line-faults.ts'
import type { MissingHours } from './missing-hours.ts'
import { type Service, TillService } from './service.ts'
import { cashierAt } from './staff.ts'
import { messageOf, posEvent, type StoreHour } from './store-hour.ts'
import { VisitGrouping, type Visits } from './visits.ts'

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

/** Shelf price of a product in an hour. */
type PriceOf = (product: number) => number

/** What the visits of an hour have in common. */
interface Shopping {
  storeHour: StoreHour
  missing: MissingHours
  visits: Visits
  service: Service
  key: Key
  priceOf: PriceOf
  scanning: Scanning
}

export class Baskets {
  readonly #conditions: Conditions
  readonly #world: World
  readonly #index: number
  readonly #store: TwinStore
  readonly #key: Key
  /** Where the prices of the store's price zone begin. */
  readonly #zone: number
  readonly #grouping: VisitGrouping
  readonly #tills: TillService
  readonly #encoder: BasketEncoder
  readonly #faults: LineFaults
  readonly #draft = createDraft()

  /** @param store its index; `key` is that of its tills */
  constructor(conditions: Conditions, store: number, key: Key, texts: ProductTexts) {
    const { world } = conditions
    this.#conditions = conditions
    this.#world = world
    this.#index = store
    this.#store = world.stores[store]!
    this.#key = key
    this.#zone = PROFILES.indexOf(this.#store.profile) * world.products.length
    this.#grouping = new VisitGrouping(world, store)
    this.#tills = new TillService(this.#store)
    this.#encoder = new BasketEncoder(world, store, texts)
    this.#faults = new LineFaults(world, store)
  }

  make(storeHour: StoreHour, missing: MissingHours): void {
    const { day, hour, firstWant, inService } = storeHour
    const number = day.day * 24 + hour
    if (inService.length > 0 && firstWant[hour]! < firstWant[hour + 1]!) {
      this.#sell(this.#shopping(storeHour, missing, keyOf(this.#key, 'visits', number)))
    }
    const returns = day.returns.filter((customer) => customer.hour === hour)
    if (returns.length === 0) return
    const key = keyOf(this.#key, 'returns', number)
    for (const [index, goods] of returns.entries()) this.#takeBack(storeHour, goods, key, index)
  }

  #shopping(storeHour: StoreHour, missing: MissingHours, key: Key): Shopping {
    const { day, hour, wants, firstWant, span, inService, active } = storeHour
    const { noise } = this.#world
    const visits = this.#grouping.group(wants, firstWant[hour]!, firstWant[hour + 1]!, key)
    return {
      storeHour,
      missing,
      visits,
      service: this.#tills.serve(visits, wants, span, inService, key),
      key,
      priceOf: this.#pricesAt(storeHour),
      scanning: {
        draft: this.#draft,
        key,
        visit: 0,
        doubleScan: active.reduce(
          (share, { kind, strength }) => (kind === 'scanner_fault' ? Math.max(share, strength) : share),
          noise.double_scan,
        ),
        skew: 0,
        yesterdaysPrice: (product) => this.#conditions.on(day.day - 1).price[this.#zone + product]!,
        label: storeHour.label,
      },
    }
  }

  #sell(shopping: Shopping): void {
    const { visits, service, storeHour, key } = shopping
    const { slice } = storeHour
    for (let visit = 0; visit < visits.count; visit++) {
      const at = service.paid[visit]!
      if (at < slice.begin || at >= slice.end) continue
      this.#scan(shopping, visit)
      if (this.#draft.count === 0) continue
      this.#pay(shopping, visit, at)
      this.#report(storeHour, at, visit, key)
      this.#send(shopping, visit, at)
    }
  }

  /** Puts what the visitor got into the draft, scan by scan. */
  #scan({ storeHour, visits, service, priceOf }: Shopping, visit: number): void {
    const { wants, day, skew } = storeHour
    const { products } = this.#world
    let time = service.begin[visit]! + skew[service.till[visit]!]!
    this.#draft.count = 0
    const end = visits.first[visit + 1]!
    for (let line = visits.first[visit]!; line < end; line++) {
      const want = visits.want[line]!
      const apart = service.apart[line]!
      time += service.step[line]!
      const got = wants.got[want]!
      if (got > 0) {
        const product = wants.product[want]!
        const promotion = day.conditions.promotions[day.promotion[product]!]
        const price = priceOf(product)
        const coupon = wants.coupon[want] === 1
        if (apart > 0 && got > 1 && !promotion && products[product]!.unit === 'each') {
          for (let piece = 0; piece < got; piece++) {
            this.#addLine(promotion, product, 1, price, coupon, time + piece * apart)
          }
        } else this.#addLine(promotion, product, got, price, coupon, time)
      }
      const quantity = wants.substituteQuantity[want]!
      if (quantity > 0) {
        const product = wants.substitute[want]!
        const promotion = day.conditions.promotions[day.promotion[product]!]
        // Beside the part of it that was there, where there was one.
        const beside = got > 0 ? apart * (got - 1) + BESIDE_MS : 0
        this.#addLine(promotion, product, quantity, priceOf(product), false, time + beside)
      }
      if (apart > 0) time += apart * (wants.quantity[want]! - 1)
    }
  }

  #addLine(
    promotion: Promotion | undefined,
    product: number,
    quantity: number,
    price: number,
    coupon: boolean,
    scannedAt: number,
  ): void {
    const draft = this.#draft
    const { discount } = lineAmounts(this.#world.products[product]!, price, promotion, quantity, coupon)
    const line = draft.count++
    draft.product[line] = product
    draft.quantity[line] = quantity
    draft.unit_price[line] = price
    draft.discount[line] = discount
    draft.promotion_id[line] = promotion && discount > 0 ? promotion.promotion_id : ''
    draft.misread[line] = ''
    draft.scanned_at[line] = scannedAt
  }

  /** Who pays at which till, and how. */
  #pay({ storeHour, visits, service, key }: Shopping, visit: number, at: number): void {
    const draft = this.#draft
    const { store_id, self_checkouts } = this.#store
    const till = service.till[visit]!
    const customer = visits.customer[visit]!
    const shares = till <= self_checkouts ? SELF_PAYMENT_SHARES : PAYMENT_SHARES
    const share = uniformAt(key[0], key[1], visit * DRAWS + DRAW.payment)
    draft.basket_id = storeHour.id('B', visit + 1)
    draft.kind = 'sale'
    draft.till_id = till
    draft.cashier_id = cashierAt(this.#store, till, storeHour.hour)
    draft.customer_id = customer === 0 ? '' : `${store_id}-C${String(customer).padStart(4, '0')}`
    draft.event_time = at + storeHour.skew[till]!
    draft.payment = PAYMENTS[indexAt(shares, share * shares[shares.length - 1]!)]!
  }

  #send({ storeHour, missing, scanning, key }: Shopping, visit: number, at: number): void {
    const draft = this.#draft
    const { store_id } = this.#store
    const till = draft.till_id
    const isMalformed =
      uniformAt(key[0], key[1], visit * DRAWS + DRAW.malformed) < this.#world.noise.malformed
    const arrives = !missing.isMissing(till)
    if (arrives && !isMalformed) {
      scanning.visit = visit
      scanning.skew = storeHour.skew[till]!
      this.#faults.spoil(scanning)
    }
    const { basket_id, count: lines } = draft
    const text = this.#encoder.encode(draft)
    let value: Buffer
    if (arrives && isMalformed) {
      const damage = damaged(text, { store_id, basket_id, till_id: till, at }, key, visit)
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
      amount: arrives ? 0 : totalOf(draft, this.#world),
      key,
      number: visit,
    })
  }

  /** What the customer paid comes back, at the price of the day. */
  #takeBack(storeHour: StoreHour, { product, quantity }: CustomerReturn, key: Key, index: number): void {
    const { day, hour, span, slice, skew, inService } = storeHour
    const draft = this.#draft
    const { store_id } = this.#store
    const share = uniformAt(...key, index * DRAWS + DRAW.arrival)
    const at = span.begin + RETURN_MS + Math.floor(share * (span.end - span.begin - RETURN_MS))
    const till = inService.at(-1)
    if (at < slice.begin || at >= slice.end || till === undefined) return
    const promotion = day.conditions.promotions[day.promotion[product]!]
    const price = this.#pricesAt(storeHour)(product)
    draft.count = 0
    this.#addLine(promotion, product, quantity, price, false, at - RETURN_MS / 4 + skew[till]!)
    draft.basket_id = storeHour.id('Q', index + 1)
    draft.kind = 'return'
    draft.till_id = till
    draft.cashier_id = cashierAt(this.#store, till, hour)
    draft.customer_id = ''
    draft.event_time = at + skew[till]!
    draft.payment = 'card'
    const amount = totalOf(draft, this.#world)
    storeHour.post({
      till,
      topic: 'sales-transactions',
      store_id,
      message_id: draft.basket_id,
      at,
      value: Buffer.from(this.#encoder.encode(draft), 'latin1'),
      lines: 1,
      amount: -amount,
      key,
      number: 2 * index,
    })
    const event_id = storeHour.id('R', index + 1)
    const refund = this.#incident(storeHour, at, { event_id, kind: 'refund', amount })
    storeHour.post(messageOf(refund, at, key, 2 * index + 1))
  }

  /** What a till reports besides the basket that is in the draft. */
  #report(storeHour: StoreHour, at: number, visit: number, key: Key): void {
    const { product, unit_price } = this.#draft
    const shareOf = (draw: number) => uniformAt(key[0], key[1], visit * DRAWS + draw)
    const tell = (letter: string, details: Omit<Incident, 'event_id'>) => {
      const event = this.#incident(storeHour, at, { event_id: storeHour.id(letter, visit + 1), ...details })
      storeHour.post(messageOf(event, at, keyOf(key, letter), visit))
    }
    const { sku } = this.#world.products[product[0]!]!
    const amount = unit_price[0]!
    if (shareOf(DRAW.void) < VOID_SHARE) tell('V', { kind: 'void', sku, amount })
    if (shareOf(DRAW.override) < OVERRIDE_SHARE) {
      tell('O', { kind: 'price_override', sku, amount, detail: 'damaged packaging' })
    }
    if (shareOf(DRAW.scannerFault) < SCANNER_FAULT_SHARE) {
      tell('F', { kind: 'scanner_fault', detail: 'barcode not read, keyed by hand' })
    }
  }

  #incident(storeHour: StoreHour, at: number, { event_id, kind, ...details }: Incident): PosEvent {
    const { basket_id, till_id, cashier_id } = this.#draft
    const { store_id } = this.#store
    return posEvent(storeHour, at, { event_id, kind, store_id, till_id, cashier_id, basket_id, ...details })
  }

  /** Shelf prices of the hour. */
  #pricesAt({ day, active }: StoreHour): PriceOf {
    if (active.some(({ kind }) => kind === 'price_drop')) {
      return (product) => this.#conditions.priceUnder(active, this.#index, product, day.day)
    }
    const { price } = day.conditions
    return (product) => price[this.#zone + product]!
  }
}

type Incident = Pick<PosEvent, 'event_id' | 'kind' | 'sku' | 'amount' | 'detail'>
