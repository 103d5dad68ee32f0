/** What our HTTP services hold the fields of a request to. */
import { FORMATS, PATTERN_WORDS } from '@shelfcast/contracts/outside'

/** What is used of Ajv. */
interface Validator {
  addFormat(name: string, takes: (text: string) => boolean): unknown
}

/**
 * Fastify's validator for bodies, paths and queries alike: what is not known is refused instead of dropped, nothing is
 * taken for another type, and formats are ours. With `verbose` a fault says what was given.
 */
export const VALIDATION = {
  customOptions: { removeAdditional: false, coerceTypes: false, verbose: true },
  onCreate(validator: Validator) {
    for (const [name, { takes }] of Object.entries(FORMATS)) validator.addFormat(name, takes)
  },
} as const

/** A fault of Ajv, as Fastify hands it on. */
export interface ValidationFault {
  keyword: string
  message?: string
  params: Record<string, unknown>
}

/** What would have been right: `must be ...`. */
export function mustBe({ keyword, message = 'must be otherwise', params }: ValidationFault): string {
  if (keyword === 'format') {
    const format = Object.entries(FORMATS).find(([name]) => name === params.format)?.[1]
    if (format) return `must ${format.words}`
  }
  if (keyword === 'pattern') {
    const words = PATTERN_WORDS[String(params.pattern)]
    if (words) return `must ${words}`
  }
  if (keyword === 'enum' && Array.isArray(params.allowedValues))
    return `must be one of ${params.allowedValues.join(', ')}`
  return message
}
