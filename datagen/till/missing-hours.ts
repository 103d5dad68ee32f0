/** Till hours of which nothing arrives: a cable, a switch. What they held is known to the truth alone. */
import { instant } from '@shelfcast/contracts/dates'
import { type Key, keyOf, uniformAt } from '../sim/random.ts'
import type { Message, Span } from './store-hour.ts'
import type { Label } from './truth.ts'

type MissingLabel = Extract<Label, { kind: 'missing_till_hour' }>

/** Those of one store in one local hour. */
export class MissingHours {
  readonly #share: number
  readonly #store_id: string
  readonly #part: Span
  readonly #key: Key
  readonly #labels = new Map<number, MissingLabel>()

  /**
   * @param store key of the store's tills, and its id
   * @param share of till hours that are missing
   * @param hour number of the local hour
   * @param part the part of it that is being made
   */
  constructor(store: { key: Key; store_id: string }, share: number, hour: number, part: Span) {
    this.#store_id = store.store_id
    this.#share = share
    this.#part = part
    this.#key = keyOf(store.key, 'missing', hour)
  }

  isMissing(till: number): boolean {
    return till > 0 && uniformAt(this.#key[0], this.#key[1], till) < this.#share
  }

  /** @returns true when the message does not arrive */
  take({ till, topic, message_id, lines, amount }: Message): boolean {
    if (!this.isMissing(till)) return false
    const label = this.#labels.get(till) ?? this.#label(till)
    if (topic === 'sales-transactions') {
      label.basket_ids.push(message_id)
      label.lines += lines
      label.amount += amount
    } else label.event_ids.push(message_id)
    return true
  }

  labels(): MissingLabel[] {
    return [...this.#labels.values()]
  }

  #label(till: number): MissingLabel {
    const label: MissingLabel = {
      kind: 'missing_till_hour',
      store_id: this.#store_id,
      till_id: till,
      at: instant(this.#part.begin),
      until: instant(this.#part.end),
      basket_ids: [],
      event_ids: [],
      lines: 0,
      amount: 0,
    }
    this.#labels.set(till, label)
    return label
  }
}
