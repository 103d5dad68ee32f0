/** Source that reads one value of a message into the scratch: parts of what `decoder-source.ts` puts together. */
import {
  DAY_BYTES,
  EARLIEST_DAY,
  INSTANT_BYTES,
  LATEST_DAY,
  MINUTE_BYTES,
  readDay,
  readMinute,
} from './instants.ts'
import type { Automaton, Run } from './pattern.ts'
import type { Field } from './scratch.ts'
import type { FieldShape } from './shape.ts'

/** Digits of an integer that fits 32 bits whatever they are. */
const SAFE_DIGITS = 9

/** Collects the arrays and functions that the source names. */
export class SourceWriter {
  readonly values = new Map<string, unknown>()
  readonly #names = new Map<unknown, string>()

  /** @returns the name that the value has in the source */
  use(value: unknown, hint: string): string {
    const entry = this.#names.get(value)
    if (entry) return entry
    const name = `${hint}_${this.values.size}`
    this.values.set(name, value)
    this.#names.set(value, name)
    return name
  }
}

/** Reads the value that begins at \`p\` into place \`i\` of the field, and leaves \`p\` after it. */
export function valueSource(writer: SourceWriter, shape: FieldShape, field: Field): string {
  switch (shape.kind) {
    case 'text':
      return textSource(writer, shape, field)
    case 'choice':
      return choiceSource(writer, shape.choices, field)
    case 'integer':
      return integerSource(writer, shape, field)
    case 'instant':
      return instantSource(writer, field)
    case 'day':
      return `if (bytes[p] !== 34 || bytes[p + ${DAY_BYTES + 1}] !== 34) return -1
        { const day = ${writer.use(readDay, 'readDay')}(bytes, p + 1)
        if (!(day >= ${EARLIEST_DAY} && day <= ${LATEST_DAY})) return -1
        ${numbers(writer, field)}[i] = day }
        p += ${DAY_BYTES + 2}`
  }
}

function textSource(writer: SourceWriter, shape: FieldShape & { kind: 'text' }, field: Field): string {
  if (field.kind !== 'text') throw new Error(`"${shape.name}" is no text in the scratch`)
  const walk = 'run' in shape ? runSource(writer, shape.run) : automatonSource(writer, shape.automaton)
  return `if (bytes[p] !== 34) return -1
    { const s = ++p
    ${walk}
    if (bytes[p] !== 34) return -1
    ${writer.use(field.start, 'start')}[i] = s
    ${writer.use(field.end, 'end')}[i] = p }
    p++`
}

function runSource(writer: SourceWriter, { first, rest, least, most }: Run): string {
  const firsts = writer.use(first, 'first')
  const rests = writer.use(rest, 'rest')
  const begin =
    least === 0 ? `if (${firsts}[bytes[p]] === 1) p++` : `if (${firsts}[bytes[p]] !== 1) return -1\np++`
  return `const limit = s + ${most}
    ${begin}
    while (p < limit && ${rests}[bytes[p]] === 1) p++
    if (p - s < ${least}) return -1`
}

function automatonSource(writer: SourceWriter, { next, initial, accepting }: Automaton): string {
  return `let state = ${initial}
    while (p < end) {
      const to = ${writer.use(next, 'next')}[(state << 8) | bytes[p]]
      if (to === 0) break
      state = to
      p++
    }
    if (${writer.use(accepting, 'accepting')}[state] !== 1) return -1`
}

function choiceSource(writer: SourceWriter, choices: readonly string[], field: Field): string {
  if (field.kind !== 'choice') throw new Error('A choice is no choice in the scratch')
  const values = writer.use(field.value, 'choice')
  const tests = choices.map((choice, index) => {
    const text = JSON.stringify(choice)
    return `if (${same(text)}) { ${values}[i] = ${index}\np += ${text.length} }`
  })
  return `${tests.join(' else ')} else return -1`
}

/** Plain decimal digits: what has a fraction, an exponent, a leading zero or a sign before a zero is for the slow route. */
function integerSource(
  writer: SourceWriter,
  { minimum, maximum }: { minimum: number; maximum: number },
  field: Field,
): string {
  const largest = 10 ** SAFE_DIGITS - 1
  const low = minimum > -largest ? `value < ${minimum}` : ''
  const high = maximum < largest ? `value > ${maximum}` : ''
  const range = [low, high].filter(Boolean).join(' || ')
  return `{ let c = bytes[p]
    const negative = c === 45
    if (negative) c = bytes[++p]
    if (c < 48 || c > 57) return -1
    let value = c - 48
    const limit = p + ${SAFE_DIGITS}
    c = bytes[++p]
    if (value === 0 && (negative || (c >= 48 && c <= 57))) return -1
    while (c >= 48 && c <= 57) {
      value = (10 * value + c - 48) | 0
      if (++p > limit) return -1
      c = bytes[p]
    }
    if (negative) value = -value
    ${range ? `if (${range}) return -1` : ''}
    ${numbers(writer, field)}[i] = value }`
}

/** The minute is worked out anew only where it is not the one that this field had last. */
function instantSource(writer: SourceWriter, field: Field): string {
  const words = writer.use(new Int32Array(MINUTE_BYTES / 4), 'words')
  const start = writer.use(Float64Array.of(Number.NaN), 'minute')
  const wordAt = (index: number) => `view.getInt32(p + ${1 + 4 * index}, true)`
  const indices = Array.from({ length: MINUTE_BYTES / 4 }, (_, index) => index)
  return `if (bytes[p] !== 34 || bytes[p + ${INSTANT_BYTES + 1}] !== 34) return -1
    { ${indices.map((index) => `const w${index} = ${wordAt(index)}`).join('; ')}
    if (${indices.map((index) => `w${index} !== ${words}[${index}]`).join(' || ')}) {
      const minute = ${writer.use(readMinute, 'readMinute')}(bytes, p + 1)
      if (minute !== minute) return -1
      ${start}[0] = minute
      ${indices.map((index) => `${words}[${index}] = w${index}`).join('; ')}
    }
    const seconds = ${wordAt(4)}
    const fraction = ${wordAt(5)}
    const s1 = ((seconds >> 8) & 255) - 48
    const s2 = ((seconds >> 16) & 255) - 48
    const f1 = (fraction & 255) - 48
    const f2 = ((fraction >> 8) & 255) - 48
    const f3 = ((fraction >> 16) & 255) - 48
    if ((seconds & 0xff0000ff) !== 0x2e00003a || fraction >>> 24 !== 0x5a) return -1
    if (s1 < 0 || s1 > 5 || s2 < 0 || s2 > 9 || f1 < 0 || f1 > 9 || f2 < 0 || f2 > 9 || f3 < 0 || f3 > 9) return -1
    ${numbers(writer, field)}[i] = ${start}[0] + (10000 * s1 + 1000 * s2 + 100 * f1 + 10 * f2 + f3) }
    p += ${INSTANT_BYTES + 2}`
}

/** Notes that an optional field is not there. */
export function absentSource(writer: SourceWriter, field: Field): string {
  if (field.kind === 'text') return `${writer.use(field.start, 'start')}[i] = -1`
  if (field.kind === 'choice') return `${writer.use(field.value, 'choice')}[i] = -1`
  return `${numbers(writer, field)}[i] = NaN`
}

function numbers(writer: SourceWriter, field: Field): string {
  if (field.kind !== 'number') throw new Error('An integer, instant or day is no number in the scratch')
  return writer.use(field.value, 'number')
}

/** Condition that the bytes from \`p\` on are those of a text: four at a time, the last four overlapping. */
export function same(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length < 4) {
    return [...bytes].map((byte, index) => `bytes[p + ${index}] === ${byte}`).join(' && ')
  }
  const places = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, index) =>
    Math.min(4 * index, bytes.length - 4),
  )
  return places.map((at) => `view.getInt32(p + ${at}, true) === ${bytes.readInt32LE(at)}`).join(' && ')
}
