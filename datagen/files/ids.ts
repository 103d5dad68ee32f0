/** Ids of any alphabet, written in the one that Kafka keys, object keys and URLs need no escaping for. */
import { createHash } from 'node:crypto'
import { IDENTIFIER_LENGTH } from '@shelfcast/contracts/events'

const FIRST = /^[A-Za-z0-9]/
const ESCAPED = /[^A-Za-z0-9._-]+/gu
const HASH_LENGTH = 16
// No digit of a code point: a name cannot be written so that its escapes look like a hash.
const HASH_ALPHABET = 'ghijklmnopqrstuv'

/**
 * Different texts have different ids. Letters A to Z, digits, `.`, `_` and `-` stay; a space becomes `::`; any
 * other run becomes its code points, `Caf:e9:`. What is longer than an id may be is cut, with a hash of the whole.
 * Text is the same in either form of Unicode (NFC, NFD), and with or without spaces around it.
 * @param prefix begins with a letter or digit
 * @returns undefined where the text is empty
 */
export function escapedId(prefix: string, text: string): string | undefined {
  const clean = cleanId(text)
  return clean === '' ? undefined : fitted(prefix + escaped(clean), prefix + clean)
}

/** The text that an id stands for. */
export function cleanId(text: string): string {
  return text.normalize('NFC').trim()
}

/**
 * An id of several parts, of which no two lists of the same length have the same.
 * @param options.prefix as in escapedId; here also ''
 * @param options.suffix marks one kind of id: `-R`
 */
export function joinedId(
  parts: readonly string[],
  { prefix = '', suffix = '' }: { prefix?: string; suffix?: string } = {},
): string {
  const safe = parts.map((part) => {
    const text = escaped(part)
    // The hyphen is what joins; in a single part it may stay, unless it would look like the suffix.
    if (parts.length > 1) return text.replaceAll('-', ':2d:')
    return suffixLike.test(text) ? `${text.slice(0, -2)}:2d:${text.slice(-1)}` : text
  })
  const id = `${prefix}${safe.join('-')}${suffix}`
  // No escape has a hyphen in it.
  return fitted(FIRST.test(id) ? id : `0:-:${id}`, [prefix, ...parts, suffix].join('\n'))
}

const suffixLike = /-[A-Z]$/

function escaped(text: string): string {
  return text.replace(ESCAPED, (run) => {
    if (run === ' ') return '::'
    return `:${Array.from(run, (character) => character.codePointAt(0)!.toString(16)).join('.')}:`
  })
}

/** No escape begins with a point, so what is cut cannot be taken for what is not. */
function fitted(id: string, whole: string): string {
  if (id.length <= IDENTIFIER_LENGTH) return id
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH)
  const hash = Array.from(digest, (digit) => HASH_ALPHABET[Number.parseInt(digit, 16)]).join('')
  return `${id.slice(0, IDENTIFIER_LENGTH - HASH_LENGTH - 3)}:.${hash}:`
}
