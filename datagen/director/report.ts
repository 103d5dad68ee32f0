/** What the twin answers, for a person. */
import type { DirectorState, HappeningState } from '@shelfcast/contracts/twin'
import { HAPPENING_TERMS } from './happenings.ts'

const ORDERS_SHOWN = 5

export function stateText(state: DirectorState, now = Date.now()): string {
  const { clock, jump, happenings, orders, external_stores } = state
  const at = storeTime(state, now)
  const speed = clock.paused ? 'paused' : clock.speed === 'max' ? 'as fast as possible' : `${clock.speed}x`
  const lines = [
    `${zoned(at, state.time_zone)} at the stores (${state.time_zone}), ${speed}`,
    `Run ${state.run}`,
  ]
  if (jump) lines.push(`Jumping to ${jump.to}: simulated to ${jump.reached.slice(0, 10)}`)
  if (happenings.length === 0) lines.push('Nothing happens beyond the usual.')
  for (const happening of happenings) lines.push(happeningText(happening))
  if (external_stores.length > 0) lines.push(`Reorder by posted orders only: ${external_stores.join(', ')}`)
  if (orders.length > 0) lines.push(`${orders.length} posted orders, the newest:`)
  for (const { purchase_order_id, store_id, lines: count, posted_at } of orders.slice(0, ORDERS_SHOWN)) {
    lines.push(
      `  ${purchase_order_id}  ${store_id}  ${String(count).padStart(3)} line${count === 1 ? ' ' : 's'}  ${posted_at.slice(0, 16)}Z`,
    )
  }
  return lines.join('\n')
}

export function happeningText(happening: HappeningState): string {
  const { id, kind, active, from, to, strength, stores, category, sku, product_name, supplier_id, till_id } =
    happening
  const of = [
    category,
    sku && `${sku} ${product_name}`,
    supplier_id && `supplier ${supplier_id}`,
    till_id && `till ${till_id}`,
  ].filter(Boolean)
  const where = stores.length === 0 ? 'all stores' : stores.join(', ')
  const span = `${from.slice(0, 16)}Z to ${to.slice(0, 16)}Z`
  const how = HAPPENING_TERMS[kind].strength ? `, strength ${strength}` : ''
  return `${active ? 'now   ' : 'coming'}  ${id}  ${[...of, where].join(', ')}, ${span}${how}`
}

/** Store time at a moment of wall time. */
function storeTime({ clock }: DirectorState, now: number): number {
  const since = Math.max(0, now - Date.parse(clock.as_of))
  const runs = !clock.paused && clock.speed !== 'max'
  return Date.parse(clock.store_time) + (runs ? since * Number(clock.speed) : 0)
}

function zoned(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'short' }).format(at)
}
