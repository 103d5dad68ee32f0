/** Times as files write them, to milliseconds since 1970. */
import { Temporal } from 'temporal-polyfill'

/** Answers undefined where the text is no such time. */
export type InstantReader = (text: string) => number | undefined

// Rows of a basket share their time and files repeat theirs; past this many distinct ones the memory starts anew.
const MEMORY_LIMIT = 50_000

const FIELDS: Record<string, { name: keyof LocalTime; pattern: string }> = {
  yyyy: { name: 'year', pattern: '\\d{4}' },
  MM: { name: 'month', pattern: '\\d{2}' },
  M: { name: 'month', pattern: '\\d{1,2}' },
  dd: { name: 'day', pattern: '\\d{2}' },
  d: { name: 'day', pattern: '\\d{1,2}' },
  HH: { name: 'hour', pattern: '\\d{2}' },
  H: { name: 'hour', pattern: '\\d{1,2}' },
  mm: { name: 'minute', pattern: '\\d{2}' },
  ss: { name: 'second', pattern: '\\d{2}' },
  SSS: { name: 'millisecond', pattern: '\\d{3}' },
}

interface LocalTime {
  year: number
  month: number
  day: number
  hour?: number
  minute?: number
  second?: number
  millisecond?: number
}

/**
 * @param format `iso`, `epoch_s`, `epoch_ms`, or a pattern of yyyy MM M dd d HH H mm ss SSS such as `dd/MM/yyyy HH:mm`
 * @param zone IANA zone of texts that carry no offset. A time that the clocks skip in spring is an hour later; one
 *   that comes twice in autumn is the first.
 * @throws where format or zone is none
 */
export function createInstantReader(format: string, zone: string): InstantReader {
  checkZone(zone)
  return remembered(readerOf(format, zone))
}

function readerOf(format: string, zone: string): InstantReader {
  if (format === 'iso') return (text) => isoInstant(text.trim(), zone)
  if (format === 'epoch_s' || format === 'epoch_ms') {
    const factor = format === 'epoch_s' ? 1000 : 1
    return (text) => (/^\s*\d+(\.\d+)?\s*$/.test(text) ? Math.round(Number(text) * factor) : undefined)
  }
  return patternReader(format, zone)
}

function isoInstant(text: string, zone: string): number | undefined {
  try {
    return /(Z|[+-]\d{2}:?\d{2})$/i.test(text)
      ? Temporal.Instant.from(text).epochMilliseconds
      : Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function patternReader(format: string, zone: string): InstantReader {
  const names: (keyof LocalTime)[] = []
  const source = format.replace(/yyyy|MM|M|dd|d|HH|H|mm|ss|SSS|[^A-Za-z]/g, (token) => {
    const field = FIELDS[token]
    if (!field) return token.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    names.push(field.name)
    return `(${field.pattern})`
  })
  const unknown = /[A-Za-z]/.exec(format.replace(/yyyy|MM|M|dd|d|HH|H|mm|ss|SSS/g, ''))
  if (unknown || !(['year', 'month', 'day'] as const).every((name) => names.includes(name))) {
    throw new Error(
      `Time format "${format}" is none. Use iso, epoch_s, epoch_ms, or a pattern of yyyy MM M dd d HH H mm ss SSS ` +
        'with at least a day, such as dd/MM/yyyy HH:mm.',
    )
  }
  const pattern = new RegExp(`^\\s*${source}\\s*$`)
  return (text) => {
    const match = pattern.exec(text)
    if (!match) return undefined
    const time = Object.fromEntries(names.map((name, index) => [name, Number(match[index + 1])]))
    try {
      return Temporal.PlainDateTime.from(time as unknown as LocalTime, {
        overflow: 'reject',
      }).toZonedDateTime(zone).epochMilliseconds
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }
}

function remembered(read: InstantReader): InstantReader {
  let memory = new Map<string, number | undefined>()
  return (text) => {
    if (memory.has(text)) return memory.get(text)
    if (memory.size >= MEMORY_LIMIT) memory = new Map()
    const at = read(text)
    memory.set(text, at)
    return at
  }
}

function checkZone(zone: string): void {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
  } catch {
    throw new Error(`Time zone "${zone}" is none. Use an IANA name such as Europe/London, or UTC.`)
  }
}
