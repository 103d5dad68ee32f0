/** What the page shows, as its address says: a filter, and the dead letter that is looked at. */
import type { DeadLetterFilter } from '@shelfcast/contracts/dead-letters'
import { addressWith, filterIn } from '#ui/address.ts'

const PARTS = [
  'topic',
  'reason',
  'store_id',
  'message_id',
  'from',
  'to',
  'state',
] as const satisfies (keyof DeadLetterFilter)[]

/** What stands for letters of all states: an address without a state is that of the open ones. */
const ALL = 'all'

/** The filter in an address. Whether its parts can be is for the API to say. */
export function filterOf(parameters: Pick<URLSearchParams, 'get'>): DeadLetterFilter {
  const { state = 'open', ...filter } = filterIn(parameters, PARTS)
  return (state === ALL ? filter : { ...filter, state }) as DeadLetterFilter
}

/** Address of the page with this filter and, where one is looked at, this dead letter. */
export function addressOf({ state, ...filter }: DeadLetterFilter, letter?: string): string {
  const shown = state === 'open' ? undefined : (state ?? ALL)
  return addressWith('/dead-letters', { ...filter, state: shown, letter })
}

/** Address of those that somebody has to act on. */
export const OPEN_ADDRESS = addressOf({ state: 'open' })

/** A time as an input of type datetime-local holds it: in the reader's own zone, to the minute. */
export function localInput(time: string | undefined): string {
  const at = new Date(time ?? '')
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** The same time for the API; undefined where the input is empty. */
export function fromLocalInput(text: string): string | undefined {
  return text === '' ? undefined : new Date(text).toISOString()
}
