/**
 * When each visit of an hour comes to a till, to which, and how long it stays there: by what is wanted, not by what
 * was got, so that it is the same under any reorder policy.
 */
import type { Wants } from '../sim/model.ts'
import { type Key, uniformAt, word } from '../sim/random.ts'
import type { TwinStore } from '../world/world.ts'
import { DRAW, DRAWS } from './draws.ts'
import type { Span } from './store-hour.ts'
import type { Visits } from './visits.ts'

/** By visit and by line, as Visits has them; the arrays may be longer, and are used again for the next hour. */
export interface Service {
  /** By visit: number of the till, from 1. */
  till: Int32Array
  /** By visit: when the first line can be scanned. */
  begin: Float64Array
  /** By visit: when it is paid. */
  paid: Float64Array
  /** By line: milliseconds from the scan before it (or the visit's beginning) to its own. */
  step: Int32Array
  /** By line: milliseconds between pieces that are scanned one by one; 0 when it is scanned once. */
  apart: Int32Array
}

/** No visit is paid so soon after its hour has begun, or so near its end. */
export const BEFORE_SALES_MS = 8_000
export const AFTER_SALES_MS = 1_000
export const SCAN_MS = [1_200, 5_300] as const
export const APART_MS = [900, 5_600] as const
const PAYING_MS = [BEFORE_SALES_MS, 32_000] as const
/** Of wants of two or three pieces, those that are scanned piece by piece. */
const PIECE_BY_PIECE = 0.15
export const MOST_PIECES = 3
const SELF_CHECKOUT_LINES = 12
const SELF_CHECKOUT_SHARE = 0.65
// Who has to wait longer looks for another till, and one more is opened.
const PATIENCE_MS = 120_000
// Tills open so that each is busy for this share of the time.
const BUSY = 0.7
// Arrival and visit in one sortable number.
const VISITS = 1_048_576

/** The tills of a store, hour by hour. Its arrays grow with the largest hour. */
export class TillService {
  readonly #selfCheckouts: number
  readonly #service: Service = {
    till: new Int32Array(0),
    begin: new Float64Array(0),
    paid: new Float64Array(0),
    step: new Int32Array(0),
    apart: new Int32Array(0),
  }
  /** By visit: milliseconds at the till. */
  #duration = new Float64Array(0)
  #wantsSelf = new Uint8Array(0)
  /** Arrivals, each with its visit. */
  #arrivals = new Float64Array(0)
  /** By till: when it is free. */
  readonly #free: Float64Array

  constructor({ self_checkouts, tills }: TwinStore) {
    this.#selfCheckouts = self_checkouts
    this.#free = new Float64Array(tills + 1)
  }

  /** @param inService numbers of tills, ascending, at least one */
  serve(visits: Visits, wants: Wants, span: Span, inService: readonly number[], key: Key): Service {
    const { count } = visits
    this.#reserve(count, visits.first[count]!)
    const selfs = inService.filter((till) => till <= this.#selfCheckouts)
    const staffed = inService.filter((till) => till > this.#selfCheckouts)
    const length = span.end - span.begin
    let selfWork = 0
    let staffedWork = 0
    for (let visit = 0; visit < count; visit++) {
      const time = this.#draw(visits, visit, wants, key)
      this.#duration[visit] = time
      const small = visits.first[visit + 1]! - visits.first[visit]! <= SELF_CHECKOUT_LINES
      const self =
        staffed.length === 0 ||
        (selfs.length > 0 && small && shareAt(key, visit, DRAW.selfCheckout) < SELF_CHECKOUT_SHARE)
      this.#wantsSelf[visit] = self ? 1 : 0
      if (self) selfWork += time
      else staffedWork += time
      const arrival = Math.floor(shareAt(key, visit, DRAW.arrival) * (length - AFTER_SALES_MS - time))
      this.#arrivals[visit] = arrival * VISITS + visit
    }
    const beyondSelfs = Math.max(0, selfWork - selfs.length * length * BUSY)
    const openSelfs = openTills(selfs, selfWork, length)
    const openStaffed = openTills(staffed, staffedWork + beyondSelfs, length)
    this.#free.fill(span.begin)
    for (const arrival of this.#arrivals.subarray(0, count).sort()) {
      const visit = arrival % VISITS
      const at = span.begin + Math.floor(arrival / VISITS)
      const chance = word(key[0], key[1], visit * DRAWS + DRAW.till)
      const till = this.#wantsSelf[visit]
        ? (this.#soonTill(openSelfs, at, chance) ??
          this.#soonTill(openStaffed, at, chance) ??
          this.#nextTill(inService))
        : (this.#soonTill(openStaffed, at, chance) ?? this.#nextTill(staffed))
      this.#seat(visit, till, at, span)
    }
    return this.#service
  }

  /** The hour's customers are served within the hour, even if it is more than its tills can do. */
  #seat(visit: number, till: number, at: number, span: Span): void {
    const time = this.#duration[visit]!
    const begin = Math.max(at, Math.min(this.#free[till]!, span.end - AFTER_SALES_MS - time))
    this.#service.till[visit] = till
    this.#service.begin[visit] = begin
    this.#service.paid[visit] = begin + time
    this.#free[till] = begin + time
  }

  /** Draws the steps of a visit's lines. @returns milliseconds from its beginning until it is paid */
  #draw(visits: Visits, visit: number, wants: Wants, key: Key): number {
    const { step, apart } = this.#service
    const begin = visits.first[visit]!
    const end = visits.first[visit + 1]!
    let time = between(PAYING_MS, shareAt(key, visit, DRAW.paying))
    for (let line = begin; line < end; line++) {
      const number = visit * DRAWS + DRAW.line + 2 * (line - begin)
      step[line] = between(SCAN_MS, uniformAt(key[0], key[1], number))
      apart[line] = 0
      time += step[line]!
      const quantity = wants.quantity[visits.want[line]!]!
      if (quantity < 2 || quantity > MOST_PIECES) continue
      const share = uniformAt(key[0], key[1], number + 1) / PIECE_BY_PIECE
      if (share >= 1) continue
      apart[line] = between(APART_MS, share)
      time += apart[line]! * (quantity - 1)
    }
    return time
  }

  /** One of those that are free, or else the one that is free first, if that is soon. */
  #soonTill(open: readonly number[], at: number, chance: number): number | undefined {
    if (open.length === 0) return undefined
    for (let next = 0; next < open.length; next++) {
      const till = open[(chance + next) % open.length]!
      if (this.#free[till]! <= at) return till
    }
    const till = this.#nextTill(open)
    return this.#free[till]! - at <= PATIENCE_MS ? till : undefined
  }

  #nextTill(tills: readonly number[]): number {
    const free = this.#free
    return tills.reduce((soonest, till) => (free[till]! < free[soonest]! ? till : soonest))
  }

  #reserve(visits: number, lines: number): void {
    const service = this.#service
    if (service.till.length < visits) {
      service.till = new Int32Array(2 * visits)
      service.begin = new Float64Array(2 * visits)
      service.paid = new Float64Array(2 * visits)
      this.#duration = new Float64Array(2 * visits)
      this.#wantsSelf = new Uint8Array(2 * visits)
      this.#arrivals = new Float64Array(2 * visits)
    }
    if (service.step.length < lines) {
      service.step = new Int32Array(2 * lines)
      service.apart = new Int32Array(2 * lines)
    }
  }
}

/** As many of the tills as the work of the hour needs. */
function openTills(tills: readonly number[], work: number, length: number): readonly number[] {
  return tills.slice(0, Math.max(1, Math.ceil(work / (length * BUSY))))
}

/** What a visit draws for a purpose, from 0 to 1. */
function shareAt([low, high]: Key, visit: number, draw: number): number {
  return uniformAt(low, high, visit * DRAWS + draw)
}

function between([least, more]: readonly [number, number], share: number): number {
  return least + Math.floor(share * more)
}
