/** The accounts of all stores: kept by what really happened, by what the platform was told, and by the labels of faults. */
import { DAY_MS, utcDate } from '@shelfcast/contracts/dates'
import type { Basket, InventoryMovement } from '@shelfcast/contracts/events'
import type { RefusalCode } from '@shelfcast/contracts/refusals'
import type { SourceEvent } from '@shelfcast/datagen/source'
import type { Label } from '@shelfcast/datagen/till/truth'
import { type Account, type Cause, createAccount, type Entry } from './account.ts'

export interface Ledger {
  /** A message as a twin sends it whose tills and network make no faults. */
  happened(event: SourceEvent): void
  label(label: Label): void
  /** A message that the platform was sent, and what the gate refused of it. */
  told(event: SourceEvent, refused: ReadonlyMap<number, RefusalCode>): void
  /** A line that was refused was sent again, and accepted. */
  corrected(basket: Basket, line_no: number): void
  account(store_id: string, sku: string): Account
}

type LineFault = 'double_scan' | 'unknown_sku' | 'wrong_price'

export function createLedger(): Ledger {
  const accounts = new Map<string, Account>()
  /** By store and message: an entry for each line of a basket, or one for a movement. */
  const entries = new Map<string, Entry[]>()
  /** By store, message and line. */
  const lineFaults = new Map<string, LineFault>()
  /** Store, till and date of clocks that are wrong, and entries that such a clock would explain. */
  const wrongClocks = new Set<string>()
  const shifted = new Map<string, Entry[]>()

  function account(store_id: string, sku: string): Account {
    const key = `${store_id} ${sku}`
    const earlier = accounts.get(key) ?? createAccount()
    accounts.set(key, earlier)
    return earlier
  }

  /** Why a message is not there, or not yet. One that never comes is not late. */
  function blame(store_id: string, message: string, cause: Cause): void {
    const isFinal = cause === 'malformed' || cause === 'missing_till_hour'
    for (const entry of entries.get(`${store_id} ${message}`) ?? [])
      if (isFinal || entry.cause === 'unexplained') entry.cause = cause
  }

  function tellBasket(basket: Basket, refused: ReadonlyMap<number, RefusalCode>): void {
    const { store_id, basket_id, till_id, event_time, lines } = basket
    const at = Date.parse(event_time)
    const real = entries.get(`${store_id} ${basket_id}`)!
    let place = 0
    for (const { line_no, sku, quantity } of lines) {
      const fault = lineFaults.get(`${store_id} ${basket_id} ${line_no}`)
      const report = refused.has(line_no) ? undefined : { at, units: -quantity }
      if (fault === 'double_scan') {
        if (report)
          Object.assign(account(store_id, sku).add({ isCount: false, real: undefined }), {
            report,
            cause: fault,
          })
        continue
      }
      const entry = real[place++]!
      entry.report = report
      entry.cause = report ? 'unexplained' : (fault ?? refusedFor(refused.get(line_no)!))
      if (report && entry.real!.at !== at) {
        // By the store's calendar, which is a day before or after UTC's at most.
        for (const days of [-1, 0, 1]) {
          const key = `${store_id} ${till_id} ${utcDate(entry.real!.at + days * DAY_MS)}`
          shifted.set(key, [...(shifted.get(key) ?? []), entry])
          if (wrongClocks.has(key)) entry.cause = 'clock_skew'
        }
      }
    }
  }

  return {
    account,
    happened({ topic, store_id, value }) {
      if (topic === 'sales-transactions') {
        const { basket_id, kind, event_time, lines } = JSON.parse(value.toString()) as Basket
        // What comes back is stock when a movement says so.
        if (kind === 'return') return
        const at = Date.parse(event_time)
        const units = lines.map(({ sku, quantity }) =>
          account(store_id, sku).add({ isCount: false, real: { at, units: -quantity } }),
        )
        entries.set(`${store_id} ${basket_id}`, units)
      } else if (topic === 'inventory-updates') {
        const { movement_id, kind, sku, event_time, quantity } = JSON.parse(
          value.toString(),
        ) as InventoryMovement
        const real = { at: Date.parse(event_time), units: quantity }
        entries.set(`${store_id} ${movement_id}`, [
          account(store_id, sku).add({ isCount: kind === 'count', real }),
        ])
      }
    },
    label(label) {
      const { kind, store_id } = label
      switch (kind) {
        case 'late_message':
        case 'out_of_order':
        case 'repeated_message':
          blame(store_id, label.message_id, kind)
          break
        case 'malformed':
          blame(store_id, label.basket_id, kind)
          break
        case 'missing_till_hour':
          for (const id of label.basket_ids) blame(store_id, id, kind)
          break
        case 'double_scan':
        case 'unknown_sku':
        case 'wrong_price':
          lineFaults.set(`${store_id} ${label.basket_id} ${label.line_no}`, kind)
          break
        case 'clock_skew': {
          const key = `${store_id} ${label.till_id} ${label.date}`
          wrongClocks.add(key)
          for (const entry of shifted.get(key) ?? []) entry.cause = kind
          break
        }
      }
    },
    corrected({ store_id, basket_id, event_time, lines }, line_no) {
      const isDouble = (line: number) => lineFaults.get(`${store_id} ${basket_id} ${line}`) === 'double_scan'
      if (isDouble(line_no)) return
      const place = lines.filter((line) => line.line_no < line_no && !isDouble(line.line_no)).length
      const entry = entries.get(`${store_id} ${basket_id}`)![place]!
      entry.report = { at: Date.parse(event_time), units: entry.real!.units }
      entry.cause = 'unexplained'
    },
    told({ topic, store_id, value }, refused) {
      if (refused.has(0)) return
      if (topic === 'sales-transactions') {
        const basket = JSON.parse(value.toString()) as Basket
        if (basket.kind === 'sale') tellBasket(basket, refused)
      } else if (topic === 'inventory-updates') {
        const { movement_id, event_time, quantity } = JSON.parse(value.toString()) as InventoryMovement
        const [entry] = entries.get(`${store_id} ${movement_id}`)!
        entry!.report = { at: Date.parse(event_time), units: quantity }
        entry!.cause = 'unexplained'
      }
    },
  }
}

function refusedFor(reason: RefusalCode): Cause {
  return reason === 'duplicate_line' ? 'taken_for_double_scan' : 'unexplained'
}
