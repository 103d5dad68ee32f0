/** Times as files write them, to milliseconds since 1970. */
import { isTimeZone } from '@shelfcast/contracts/dates'
import { Temporal } from 'temporal-polyfill'
import { type CellFault, fault } from './faults.ts'
import { monthOf } from './months.ts'
import { instantOf } from './offsets.ts'

/** Answers undefined where the text is no such time. */
export type InstantReader = (text: string) => number | undefined
/** Answers what is wrong where the text is no such time. */
export type TimeReader = (text: string) => number | CellFault

// Rows of a basket share their time and files repeat theirs; past this many distinct ones the memory starts anew.
const MEMORY_LIMIT = 50_000
/** The longest that a time is written, with offset and name of the zone, is about half of it. */
const LONGEST = 120
const LONGEST_FORMAT = 60

type FieldName = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond' | 'half'

const FIELDS: Record<string, { name: FieldName; pattern: string }> = {
  yyyy: { name: 'year', pattern: '\\d{4}' },
  yy: { name: 'year', pattern: '\\d{2}' },
  MMM: { name: 'month', pattern: '\\p{L}{3,12}\\.?' },
  MM: { name: 'month', pattern: '\\d{2}' },
  M: { name: 'month', pattern: '\\d{1,2}' },
  dd: { name: 'day', pattern: '\\d{2}' },
  d: { name: 'day', pattern: '\\d{1,2}' },
  HH: { name: 'hour', pattern: '\\d{2}' },
  H: { name: 'hour', pattern: '\\d{1,2}' },
  hh: { name: 'hour', pattern: '\\d{2}' },
  h: { name: 'hour', pattern: '\\d{1,2}' },
  mm: { name: 'minute', pattern: '\\d{2}' },
  ss: { name: 'second', pattern: '\\d{2}' },
  SSS: { name: 'millisecond', pattern: '\\d{3}' },
  a: { name: 'half', pattern: '[AaPp]\\.?[Mm]\\.?' },
}
const TOKEN = /yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|a/g
const TOKENS = 'yyyy yy MMM MM M dd d HH H hh h a mm ss SSS'

/**
 * @param format `iso`, `epoch_s`, `epoch_ms`, or a pattern such as `dd/MM/yyyy HH:mm`
 * @param zone IANA zone of texts that carry no offset. A time that the clocks skip in spring is an hour later; one
 *   that comes twice in autumn is the first.
 * @throws where format or zone is none
 */
export function createInstantReader(format: string, zone: string): InstantReader {
  const read = createTimeReader(format, zone)
  return (text) => {
    const at = read(text)
    return typeof at === 'number' ? at : undefined
  }
}

/** The same, with the reason of a refusal. */
export function createTimeReader(format: string, zone: string): TimeReader {
  checkZone(zone)
  return remembered(readerOf(format, zone))
}

function readerOf(format: string, zone: string): TimeReader {
  if (format === 'iso') return (text) => isoInstant(text, zone)
  if (format === 'epoch_s' || format === 'epoch_ms') {
    const factor = format === 'epoch_s' ? 1000 : 1
    return (text) =>
      /^\d+(\.\d+)?$/.test(text)
        ? Math.round(Number(text) * factor)
        : fault(
            `it is no ${format}`,
            'Write the number of seconds (epoch_s) or milliseconds (epoch_ms) since 1970',
          )
  }
  return patternReader(format, zone)
}

const ISO_DATE = '(?:[+-]\\d{6}|\\d{4})-?\\d{2}-?\\d{2}'
const ISO_TIME = '\\d{2}(?::?\\d{2}(?::?\\d{2}(?:[.,]\\d{1,9})?)?)?'
const ISO = new RegExp(`^(${ISO_DATE})(?:(?:[Tt]|[ \\u00a0]+)(${ISO_TIME}))?(.*)$`, 'u')

function isoInstant(text: string, zone: string): number | CellFault {
  const match = ISO.exec(text)
  if (!match) return notIso(text)
  const [, date = '', time, rest = ''] = match
  const designator = rest.trim()
  if (time === undefined && designator !== '') return notIso(text)
  if (/^[ap]\.?m\.?\b/i.test(designator)) {
    return fault('a time of 12 hours is not iso', 'Give its pattern in the mapping: yyyy-MM-dd hh:mm:ss a')
  }
  try {
    const local = Temporal.PlainDateTime.from(time === undefined ? date : `${date}T${time}`)
    return instantOf(local, designator, zone)
  } catch (error) {
    if (error instanceof RangeError) return fault('there is no such day or hour', 'Correct it')
    throw error
  }
}

function notIso(text: string): CellFault {
  if (text === '') return fault('it is empty', 'Give the time of the sale')
  if (/^\d{5}([.,]\d+)?$/.test(text)) {
    return fault(
      "it looks like a day number of Excel's",
      'Format the column as a date in Excel, such as yyyy-mm-dd hh:mm, and save the CSV again',
    )
  }
  if (/^\d{4}-?W\d{2}/i.test(text)) return fault('a week is no day', 'Export the date as yyyy-MM-dd')
  if (/^\d{9,14}$/.test(text)) {
    return fault('it is no ISO date', 'If it counts from 1970, give epoch_s or epoch_ms as time.format')
  }
  return fault(
    'it is no ISO time such as 2026-07-01 09:15:00 or 2026-07-01T09:15:00+02:00',
    'Give the pattern in the mapping (time.format), such as dd/MM/yyyy HH:mm',
  )
}

function patternReader(format: string, zone: string): TimeReader {
  const { pattern, names, tokens } = compiled(format)
  const hasHour = names.includes('hour')
  return (text) => {
    const match = pattern.exec(text)
    if (!match) return notPattern(text, format)
    const designator = match[names.length + 1]!.trim()
    if (designator !== '' && !hasHour) {
      return fault(
        `"${designator}" follows the ${format}`,
        'Complete the pattern in the mapping (time.format)',
      )
    }
    const time: Partial<Record<FieldName, number>> = {}
    for (const [index, name] of names.entries()) {
      const value = fieldValue(tokens[index]!, match[index + 1]!)
      if (value === undefined)
        return fault(`"${match[index + 1]}" is no month`, 'Write the month as a number')
      time[name] = value
    }
    const { half, ...local } = time
    if (half !== undefined) {
      if (local.hour! < 1 || local.hour! > 12) {
        return fault('there is no such hour of 12', 'Write 1 to 12 before AM or PM')
      }
      local.hour = (local.hour! % 12) + half
    }
    try {
      return instantOf(
        Temporal.PlainDateTime.from(local as { year: number; month: number; day: number }, {
          overflow: 'reject',
        }),
        designator,
        zone,
      )
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return local.month! > 12 && local.day! <= 12
        ? fault(
            `there is no month ${local.month}`,
            'If the month comes first, give MM/dd in the mapping (time.format)',
          )
        : fault('there is no such day or hour', 'Correct it')
    }
  }
}

function notPattern(text: string, format: string): CellFault {
  if (text === '' || /^\d{5}[.,]\d+$/.test(text)) return notIso(text)
  return fault(
    `it is not written as ${format}`,
    'Correct it, or give its pattern in the mapping (time.format)',
  )
}

function fieldValue(token: string, text: string): number | undefined {
  if (token === 'MMM') return monthOf(text)
  if (token === 'a') return /^p/i.test(text) ? 12 : 0
  return token === 'yy' ? 2000 + Number(text) : Number(text)
}

function compiled(format: string): { pattern: RegExp; names: FieldName[]; tokens: string[] } {
  const tokens = format.match(TOKEN) ?? []
  const names = tokens.map((token) => FIELDS[token]!.name)
  const source = format.replace(/yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|a|[^A-Za-z]/g, (token) => {
    const field = FIELDS[token]
    if (!field) return token.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    return `(${field.pattern})`
  })
  const strange = /[A-Za-z]/.test(format.replace(TOKEN, ''))
  const twice = new Set(names).size < names.length
  const complete = (['year', 'month', 'day'] as const).every((name) => names.includes(name))
  const halves = tokens.some((token) => token === 'h' || token === 'hh') === names.includes('half')
  if (strange || twice || !complete || !halves || format.length > LONGEST_FORMAT) {
    throw new Error(
      `Time format "${format}" is none. Use iso, epoch_s, epoch_ms, or a pattern of ${TOKENS}, each part once, ` +
        'with at least a day, such as dd/MM/yyyy HH:mm; hh goes with a (AM or PM).',
    )
  }
  return { pattern: new RegExp(`^${source}(|\\s*[^\\d\\s.,:].*|\\s+.*)$`, 'u'), names, tokens }
}

function remembered(read: TimeReader): TimeReader {
  let memory = new Map<string, number | CellFault>()
  return (text) => {
    const remembered = memory.get(text)
    if (remembered !== undefined) return remembered
    if (text.length > LONGEST) return fault('it is too long for a time', 'Correct it')
    if (memory.size >= MEMORY_LIMIT) memory = new Map()
    const at = read(text.trim())
    memory.set(text, at)
    return at
  }
}

function checkZone(zone: string): void {
  if (!isTimeZone(zone)) {
    throw new Error(`Time zone "${zone}" is none. Use an IANA name such as Europe/London, or UTC.`)
  }
}
