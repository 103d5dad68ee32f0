/** What the page shows, as its address says: a filter, and the dead letter that is looked at. */
import type { DeadLetterFilter } from '@shelfcast/contracts/dead-letters'

export type Part = keyof DeadLetterFilter
const PARTS = ['topic', 'reason', 'store_id', 'message_id', 'from', 'to', 'state'] as const satisfies Part[]

/** The filter in an address. Whether its parts can be is for the API to say. */
export function filterOf(parameters: Pick<URLSearchParams, 'get'>): DeadLetterFilter {
  const given = PARTS.flatMap((name) => {
    const text = parameters.get(name)
    return text ? [[name, text]] : []
  })
  return Object.fromEntries(given) as DeadLetterFilter
}

/** Address of the page with this filter and, where one is looked at, this dead letter. */
export function addressOf(filter: DeadLetterFilter, letter?: string): string {
  const parts = Object.entries({ ...filter, letter }).flatMap(([name, value]) => {
    if (!value) return []
    // Positions have slashes and at signs, which a query may hold as they are.
    return `${name}=${encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%40', '@')}`
  })
  return parts.length === 0 ? '/dead-letters' : `/dead-letters?${parts.join('&')}`
}

/** The filter with one part changed; an empty value takes the part out. */
export function withPart(filter: DeadLetterFilter, name: Part, value: string | undefined): DeadLetterFilter {
  const { [name]: _, ...rest } = filter
  return value ? { ...rest, [name]: value } : rest
}

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
