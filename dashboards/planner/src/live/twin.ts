/** What the strip of the twin says, prepared from the state that it is sent. */
import type { DirectorState, HappeningKind, HappeningState } from '@shelfcast/contracts/twin'
import { count } from '#format/numbers.ts'
import type { Tone } from '#ui/tones.ts'

export const HAPPENINGS: Record<HappeningKind, { name: string; tone: Tone }> = {
  festival: { name: 'Festival', tone: 'accent' },
  price_drop: { name: 'Price drop', tone: 'accent' },
  viral_product: { name: 'Viral product', tone: 'accent' },
  rainy_week: { name: 'Rainy week', tone: 'neutral' },
  heat_wave: { name: 'Heat wave', tone: 'neutral' },
  supplier_delay: { name: 'Supplier delay', tone: 'warn' },
  till_outage: { name: 'Till outage', tone: 'warn' },
  scanner_fault: { name: 'Scanner fault', tone: 'warn' },
  theft: { name: 'Theft', tone: 'bad' },
}

/**
 * Store time as of now.
 * @param serverNow wall time at the server, milliseconds since 1970
 */
export function storeTime({ clock }: Pick<DirectorState, 'clock'>, serverNow: number): number {
  const instant = Date.parse(clock.store_time)
  if (clock.paused || clock.speed === 'max') return instant
  return instant + Math.max(0, serverNow - Date.parse(clock.as_of)) * clock.speed
}

export function speedText({ clock }: Pick<DirectorState, 'clock'>): string {
  if (clock.paused) return 'Paused'
  if (clock.speed === 'max') return 'As fast as possible'
  return clock.speed === 1 ? 'Real time' : `${count(clock.speed)}× real time`
}

const STORES_NAMED = 2

/** Of what, and in which stores. */
export function whereText(happening: HappeningState): string {
  const { category, sku, product_name, supplier_id, till_id, stores } = happening
  const where =
    stores.length === 0
      ? 'all stores'
      : stores.length <= STORES_NAMED
        ? stores.join(', ')
        : `${stores.length} stores`
  const till = till_id === undefined ? undefined : `till ${till_id}`
  return [category, product_name ?? sku, supplier_id, till, where].filter(Boolean).join(', ')
}
