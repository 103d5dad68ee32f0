/** Till hours of which nothing arrives: a cable, a switch. What they held is known to the truth alone. */

import { instant } from '@shelfcast/contracts/dates'
import { type Key, keyOf, uniformAt } from '../sim/random.ts'
import type { World } from '../world/world.ts'
import type { Span } from './service.ts'
import type { Message } from './store-hour.ts'
import type { Label } from './truth.ts'

type MissingLabel = Extract<Label, { kind: 'missing_till_hour' }>

export interface MissingHours {
  isMissing(till: number): boolean
  /** @returns true when the message does not arrive */
  take(message: Message): boolean
  labels(): MissingLabel[]
}

/** @returns a function of the number of a local hour, and the part of it that is being made */
export function createMissingHours(world: World, store: number, key: Key) {
  const { store_id } = world.stores[store]!
  const { missing_till_hour } = world.noise
  return (hour: number, part: Span): MissingHours => {
    const hourKey = keyOf(key, 'missing', hour)
    const missing = new Map<number, MissingLabel>()
    const isMissing = (till: number) => till > 0 && uniformAt(...hourKey, till) < missing_till_hour
    return {
      isMissing,
      take({ till, topic, message_id, lines, amount }) {
        if (!isMissing(till)) return false
        let label = missing.get(till)
        if (!label) {
          const span = { at: instant(part.begin), until: instant(part.end) }
          const nothing = { basket_ids: [], event_ids: [], lines: 0, amount: 0 }
          label = { kind: 'missing_till_hour', store_id, till_id: till, ...span, ...nothing }
          missing.set(till, label)
        }
        if (topic === 'sales-transactions') {
          label.basket_ids.push(message_id)
          label.lines += lines
          label.amount += amount
        } else label.event_ids.push(message_id)
        return true
      },
      labels: () => [...missing.values()],
    }
  }
}
