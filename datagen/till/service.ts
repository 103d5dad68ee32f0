/**
 * When each visit of an hour comes to a till, to which, and how long it stays there: by what is wanted, not by what
 * was got, so that it is the same under any reorder policy.
 */
import type { Wants } from '../sim/model.ts'
import { type Key, uniformAt, word } from '../sim/random.ts'
import type { TwinStore } from '../world/world.ts'
import { DRAW, DRAWS } from './draws.ts'
import type { Visits } from './visits.ts'

/** Milliseconds since 1970. A visit begins and is paid between the two. */
export interface Span {
  begin: number
  end: number
}

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

export type Serve = (
  visits: Visits,
  wants: Wants,
  span: Span,
  inService: readonly number[],
  key: Key,
) => Service

/** @param store by whose tills; `inService` of the function are numbers of tills, ascending, at least one */
export function createService(store: TwinStore): Serve {
  const service: Service = {
    till: new Int32Array(0),
    begin: new Float64Array(0),
    paid: new Float64Array(0),
    step: new Int32Array(0),
    apart: new Int32Array(0),
  }
  let duration = new Float64Array(0)
  let wantsSelf = new Uint8Array(0)
  let order = new Float64Array(0)
  /** By till: when it is free. */
  const free = new Float64Array(store.tills + 1)

  return (visits, wants, span, inService, key) => {
    const { count } = visits
    reserve(count, visits.first[count]!)
    const selfs = inService.filter((till) => till <= store.self_checkouts)
    const staffed = inService.filter((till) => till > store.self_checkouts)
    const length = span.end - span.begin
    let selfWork = 0
    let staffedWork = 0
    for (let visit = 0; visit < count; visit++) {
      const time = timeOf(visits, visit, wants, key)
      duration[visit] = time
      const small = visits.first[visit + 1]! - visits.first[visit]! <= SELF_CHECKOUT_LINES
      const self =
        staffed.length === 0 ||
        (selfs.length > 0 && small && drawn(key, visit, DRAW.selfCheckout) < SELF_CHECKOUT_SHARE)
      wantsSelf[visit] = self ? 1 : 0
      if (self) selfWork += time
      else staffedWork += time
      const arrival = Math.floor(drawn(key, visit, DRAW.arrival) * (length - AFTER_SALES_MS - time))
      order[visit] = arrival * VISITS + visit
    }
    const beyondSelfs = Math.max(0, selfWork - selfs.length * length * BUSY)
    const openSelfs = openTills(selfs, selfWork, length)
    const openStaffed = openTills(staffed, staffedWork + beyondSelfs, length)
    const arrivals = order.subarray(0, count).sort()
    free.fill(span.begin)
    for (const arrival of arrivals) {
      const visit = arrival % VISITS
      const begin = span.begin + Math.floor(arrival / VISITS)
      const time = duration[visit]!
      const chance = word(key[0], key[1], visit * DRAWS + DRAW.till)
      const till = wantsSelf[visit]
        ? (soonTill(openSelfs, begin, chance) ?? soonTill(openStaffed, begin, chance) ?? nextTill(inService))
        : (soonTill(openStaffed, begin, chance) ?? nextTill(staffed))
      // The hour's customers are served within the hour, even if it is more than its tills can do.
      const start = Math.max(begin, Math.min(free[till]!, span.end - AFTER_SALES_MS - time))
      service.till[visit] = till
      service.begin[visit] = start
      service.paid[visit] = start + time
      free[till] = start + time
    }
    return service
  }

  /** Draws the steps of a visit's lines. @returns milliseconds from its beginning until it is paid */
  function timeOf(visits: Visits, visit: number, wants: Wants, [low, high]: Key): number {
    const begin = visits.first[visit]!
    const end = visits.first[visit + 1]!
    let time = between(PAYING_MS, drawn([low, high], visit, DRAW.paying))
    for (let line = begin; line < end; line++) {
      const number = visit * DRAWS + DRAW.line + 2 * (line - begin)
      const step = between(SCAN_MS, uniformAt(low, high, number))
      service.step[line] = step
      service.apart[line] = 0
      time += step
      const quantity = wants.quantity[visits.want[line]!]!
      if (quantity < 2 || quantity > MOST_PIECES) continue
      const share = uniformAt(low, high, number + 1) / PIECE_BY_PIECE
      if (share >= 1) continue
      const apart = between(APART_MS, share)
      service.apart[line] = apart
      time += apart * (quantity - 1)
    }
    return time
  }

  /** One of those that are free, or else the one that is free first, if that is soon. */
  function soonTill(open: readonly number[], at: number, chance: number): number | undefined {
    if (open.length === 0) return undefined
    for (let next = 0; next < open.length; next++) {
      const till = open[(chance + next) % open.length]!
      if (free[till]! <= at) return till
    }
    const till = nextTill(open)
    return free[till]! - at <= PATIENCE_MS ? till : undefined
  }

  function nextTill(tills: readonly number[]): number {
    return tills.reduce((soonest, till) => (free[till]! < free[soonest]! ? till : soonest))
  }

  function reserve(visits: number, lines: number): void {
    if (service.till.length < visits) {
      service.till = new Int32Array(2 * visits)
      service.begin = new Float64Array(2 * visits)
      service.paid = new Float64Array(2 * visits)
      duration = new Float64Array(2 * visits)
      wantsSelf = new Uint8Array(2 * visits)
      order = new Float64Array(2 * visits)
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

function drawn([low, high]: Key, visit: number, draw: number): number {
  return uniformAt(low, high, visit * DRAWS + draw)
}

function between([least, more]: readonly [number, number], share: number): number {
  return least + Math.floor(share * more)
}
