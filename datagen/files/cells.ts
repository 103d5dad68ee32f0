/** What the cells of a CSV row say. Each reader answers undefined where the cell does not say it. */

// As in services/contracts/events.ts.
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/**
 * An identifier of the alphabet that Kafka keys, object keys and URLs need no escaping for: runs of other characters
 * become one `-`.
 * @param prefix begins with a letter; keeps the ids of one source apart from those of another
 */
export function identifier(prefix: string, text: string): string | undefined {
  const safe = text.trim().replace(/[^A-Za-z0-9._:-]+/g, '-')
  return safe !== '' && safe !== '-' && IDENTIFIER.test(prefix + safe) ? prefix + safe : undefined
}

/** A whole number; `17850.0` is one too. */
export function wholeNumber(text: string): number | undefined {
  return /^\s*[+-]?\d+(\.0*)?\s*$/.test(text) ? Number(text) : undefined
}

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)$/

/**
 * An amount in minor units, rounded half away from zero where the text has more decimals than the currency.
 * It goes by the digits of the text, so 1.005 becomes 101 and not what binary fractions make of it.
 * @param digits decimals of the currency: 2 for GBP, 0 for JPY
 */
export function minorUnits(text: string, digits: number): number | undefined {
  const trimmed = text.trim()
  const scientific = /^[+-]?[\d.]+[eE][+-]?\d+$/.test(trimmed)
  const match = DECIMAL.exec(scientific ? Number(trimmed).toFixed(10) : trimmed)
  if (!match) return undefined
  const [, sign, whole = '', fraction = ''] = match
  if (whole === '' && fraction === '') return undefined
  const kept = Number(whole + fraction.padEnd(digits, '0').slice(0, digits))
  const units = kept + (fraction.charAt(digits) >= '5' ? 1 : 0)
  return sign === '-' && units !== 0 ? -units : units
}

/** Free text on one line: single spaces, no quotes around the whole, no commas left hanging at the end. */
export function cleanText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[ ,]+$/, '')
    .replace(/^ *"([^"]*)"$/, '$1')
    .trim()
}
