/** Numbers as people and tills write them, read by their digits: no amount goes through a binary fraction. */
import { type CellFault, fault } from './faults.ts'

export type DecimalSign = '.' | ','

export interface NumberFormat {
  /** Absent where nothing has said which it is: numbers that would differ by it are refused. */
  decimal?: DecimalSign | undefined
  /** Between groups of three digits; '' where there are no groups; absent where it is any that is usual. */
  thousands?: string | undefined
  /** What may stand before or behind an amount: signs and codes of its currency. */
  signs: readonly string[]
}

/** A number taken apart. */
interface Digits {
  negative: boolean
  whole: string
  fraction: string
}

/** A whole number, or an amount in minor units. */
export interface ReadNumber {
  value: number
  /** Whether digits were dropped that the currency does not have. */
  rounded: boolean
}

export interface NumberReader {
  /** A whole number; `17850.0` is one too. */
  whole(text: string): ReadNumber | CellFault
  /**
   * An amount in minor units, rounded half away from zero.
   * @param digits decimals of the currency: 2 for GBP, 0 for JPY
   */
  amount(text: string, digits: number): ReadNumber | CellFault
  /** An amount that is written in minor units. */
  minor(text: string): ReadNumber | CellFault
}

const LONGEST = 60
/** What an event holds. */
const LARGEST = 2_147_483_647
// Currencies have at most four decimals; more zeros than this in an exponent are no price.
const LARGEST_EXPONENT = 40
const SPACES = '\\u0020\\u00a0\\u2007\\u2009\\u202f'
const APOSTROPHES = "'\u2019"
const MINUS = /[-\u2212\u2013\ufe63\uff0d]/g

/** @throws where decimal sign and thousands are the same */
export function createNumberReader(format: NumberFormat): NumberReader {
  if (format.decimal !== undefined && format.decimal === format.thousands) {
    throw new Error(`numbers: decimal and thousands are both "${format.decimal}". Give two different signs.`)
  }
  const plain = groupsPattern(format.decimal, format.thousands)
  const take = (text: string) => takeApart(text, format, plain)
  return {
    whole(text) {
      const digits = take(text)
      if ('fault' in digits) return digits
      if (/[1-9]/.test(digits.fraction)) {
        return fault('it is no whole number', 'Goods are counted by the piece: give the number of pieces')
      }
      return bounded(digits, 0)
    },
    amount(text, decimals) {
      const digits = take(text)
      return 'fault' in digits ? digits : bounded(digits, decimals)
    },
    minor(text) {
      const digits = take(text)
      if ('fault' in digits) return digits
      if (/[1-9]/.test(digits.fraction)) {
        return fault(
          'it is no number of minor units',
          'If the file writes 12.34, give price.in: decimal in the mapping',
        )
      }
      return bounded(digits, 0)
    },
  }
}

function bounded({ negative, whole, fraction }: Digits, decimals: number): ReadNumber | CellFault {
  const significant = (whole + fraction.padEnd(decimals, '0').slice(0, decimals)).replace(/^0+/, '')
  const size = Number(significant.slice(0, 15)) + (fraction.charAt(decimals) >= '5' ? 1 : 0)
  if (significant.length > 15 || size > LARGEST) {
    return fault('it is larger than any sale', 'Correct it; columns may have been exchanged')
  }
  return { value: negative && size !== 0 ? -size : size, rounded: /[1-9]/.test(fraction.slice(decimals)) }
}

function takeApart(text: string, format: NumberFormat, groups: RegExp | undefined): Digits | CellFault {
  if (text.length > LONGEST) return fault('it is too long for a number', 'Correct it')
  let rest = text.trim().replace(MINUS, '-')
  if (rest === '') return fault('it is empty', 'Give a number; 0 where there is none')
  rest = withoutSign(rest, format.signs)
  const bracketed = /^\((.*)\)$/.exec(rest)
  if (bracketed) rest = withoutSign(bracketed[1]!.trim(), format.signs)
  const signs = /^([+-]?)(.*?)([+-]?)$/s.exec(rest)!
  const before = signs[1]!
  const behind = signs[3]!
  rest = withoutSign(signs[2]!.trim(), format.signs)
  if ((before && behind) || (bracketed && (before || behind))) {
    return fault('it has two signs', 'Write one minus, or brackets, for a negative amount')
  }
  const negative = bracketed !== null || before === '-' || behind === '-'
  const scientific = /^(\d*)[.,]?(\d*)[eE]([+-]?\d{1,3})$/.exec(rest)
  if (scientific) {
    const [, whole = '', fraction = '', exponent] = scientific
    return shifted(negative, whole, fraction, Number(exponent))
  }
  if (!/^[.,]?\d/.test(rest)) return notNumber(rest)
  if (groups === undefined) return undecided(rest, negative)
  const match = groups.exec(rest)
  if (!match) return contradiction(rest, format)
  return { negative, whole: match[1]!.replace(/\D/g, ''), fraction: match[2] ?? '' }
}

/** `1E3` and what programs write for nearly nothing, 4.440892e-16. */
function shifted(negative: boolean, whole: string, fraction: string, exponent: number): Digits | CellFault {
  if (whole + fraction === '' || Math.abs(exponent) > LARGEST_EXPONENT) {
    return fault('it is no number', 'Correct it')
  }
  const digits = whole + fraction
  const point = whole.length + exponent
  if (point <= 0) return { negative, whole: '', fraction: '0'.repeat(-point) + digits }
  return { negative, whole: digits.slice(0, point).padEnd(point, '0'), fraction: digits.slice(point) }
}

function withoutSign(text: string, signs: readonly string[]): string {
  const upper = text.toUpperCase()
  for (const sign of signs) {
    const mark = sign.toUpperCase()
    if (upper.startsWith(mark)) return text.slice(sign.length).trim()
    if (upper.endsWith(mark)) return text.slice(0, -sign.length).trim()
  }
  return text
}

function groupsPattern(decimal: DecimalSign | undefined, thousands: string | undefined): RegExp | undefined {
  if (decimal === undefined && thousands === undefined) return undefined
  const point = decimal ?? (thousands === ',' ? '.' : ',')
  const other = point === '.' ? ',' : '.'
  const separator =
    thousands === undefined
      ? `[${other}${APOSTROPHES}${SPACES}]`
      : thousands === ' '
        ? `[${SPACES}]`
        : thousands === "'"
          ? `[${APOSTROPHES}]`
          : thousands && `[${thousands}]`
  // 12,34,567 is how India groups.
  const grouped = separator ? `\\d{1,3}(?:${separator}\\d{2,3})*${separator}\\d{3}|` : ''
  return new RegExp(`^(${grouped}\\d*)(?:[${point}](\\d*))?$`)
}

/** Read alike whatever the decimal sign is, or not at all. */
function undecided(rest: string, negative: boolean): Digits | CellFault {
  const digits = /^\d+$/.exec(rest)
  if (digits) return { negative, whole: rest, fraction: '' }
  const sign = decimalSignOf(rest)
  return fault(
    sign === 'either' ? 'it may be thousands or decimals' : 'the decimal sign of this file is not known',
    `Say which: numbers: { decimal: "${sign === ',' ? ',' : '.'}" } in the mapping`,
  )
}

function contradiction(rest: string, { decimal, thousands }: NumberFormat): CellFault {
  if (/[^\d.,\s'\u2019]/u.test(rest)) return notNumber(rest)
  return fault(
    `it is not written with the decimal sign "${decimal ?? 'none'}"` +
      (thousands === undefined
        ? ''
        : thousands === ''
          ? ' and no thousands'
          : ` and thousands "${thousands}"`),
    'Correct it, or give numbers.decimal and numbers.thousands in the mapping',
  )
}

function notNumber(rest: string): CellFault {
  const sign = /\p{Sc}|^[A-Za-z]{1,3}(?=[\d. ])|[A-Za-z]{1,3}$/u.exec(rest)
  if (sign && /\d/.test(rest)) {
    return fault(
      `"${sign[0]}" is no sign of this mapping's currency`,
      'Correct it, or give the sign in the mapping (numbers.sign)',
    )
  }
  return fault('it is no number', 'Correct it; columns may have been exchanged')
}

/** Which sign the decimals of a number must have; `either` where it reads both ways; undefined where it says nothing. */
export function decimalSignOf(text: string): DecimalSign | 'either' | undefined {
  const number = /\d[\d.,\s'\u2019]*|[.,]\d+/u.exec(text)?.[0].trim()
  if (number === undefined) return undefined
  const separators = (number.match(/[.,]/g) ?? []) as DecimalSign[]
  const last = separators.at(-1)
  if (last === undefined) return undefined
  const other: DecimalSign = last === '.' ? ',' : '.'
  if (separators.includes(other)) {
    return separators.filter((sign) => sign === last).length === 1 ? last : other
  }
  if (separators.length > 1) return other
  const [whole = '', fraction = ''] = number.split(last)
  if (fraction.length !== 3 || whole === '' || whole.startsWith('0') || whole.length > 3) return last
  return 'either'
}
