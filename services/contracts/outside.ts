/**
 * What comes from outside, as schemas: every request of every service is made of these, of identifiers and of choices.
 * Each is bounded by what the engines behind hold, so that what passes can be asked. Held by outside.test.ts.
 */
import { Type } from 'typebox'

/** Years that may be asked for. The warehouse's narrowest time ends in February 2106, and nothing was sold before 1990. */
const YEARS = { first: 1990, last: 2099 } as const

const DAY = /^\d{4}-\d{2}-\d{2}$/
const CLOCK = /^T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const DAY_LENGTH = 'YYYY-MM-DD'.length

function isDay(text: string): boolean {
  const year = Number(text.slice(0, 4))
  if (!DAY.test(text) || year < YEARS.first || year > YEARS.last) return false
  const time = Date.parse(text)
  // The 31st of a month of 30 days is the 1st of the next to Date, or no date.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

const isInstant = (text: string): boolean =>
  isDay(text.slice(0, DAY_LENGTH)) && CLOCK.test(text.slice(DAY_LENGTH))

/** What a format of a schema takes, in the place of the validator's own, and how it is told. */
export const FORMATS = {
  'date-time': {
    takes: isInstant,
    words: `be a date and time that exists (RFC 3339, years ${YEARS.first} to ${YEARS.last}), as 2026-01-31T23:59:59Z; a leap second is given as the second after it, and the + of a time zone as %2B in a URL`,
  },
  date: {
    takes: isDay,
    words: `be a day that exists, of the years ${YEARS.first} to ${YEARS.last}, as 2026-01-31`,
  },
} as const

export const instant = (description: string) =>
  Type.String({
    format: 'date-time',
    description: `RFC 3339, ${YEARS.first} to ${YEARS.last}: ${description}`,
  })

export const day = (description: string) => Type.String({ format: 'date', description })

/** Position in a list, offset in a topic: whole numbers that JavaScript holds exactly, all below 2^63. */
export const WholeNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** The warehouse's Int32: partition, epoch, line. */
export const SmallNumber = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })

/** How many are asked for. */
export const limit = (most: number, description?: string) =>
  Type.Integer({ minimum: 1, maximum: most, ...(description && { description }) })

// Without the halves of a pair of UTF-16, which no encoding holds, and without control characters: PostgreSQL refuses
// NUL, and a terminal that shows a log obeys the others.
const LINE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff\\ufffe\\uffff]*$'
const LINES = '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ud800-\\udfff\\ufffe\\uffff]*$'

/** Free text on one line. @param most code points */
export const line = (most: number, options: { minLength?: number; description?: string } = {}) =>
  Type.String({ maxLength: most, pattern: LINE, ...options })

/** Free text with tabs and line ends. @param most code points */
export const lines = (most: number, options: { minLength?: number; description?: string } = {}) =>
  Type.String({ maxLength: most, pattern: LINES, ...options })

/** How a pattern is told; other patterns are told as they are. */
export const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [LINE]: 'be text on one line, without control characters, NUL or half of a UTF-16 pair',
  [LINES]: 'be text without control characters other than tab and line end, NUL or half of a UTF-16 pair',
}

/** Of an object from outside: what is not listed is refused, not passed over. */
export const STRICT = { additionalProperties: false } as const
