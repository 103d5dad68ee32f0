/**
 * Source of the fast route's decoder. Two readings of the same shape: one for messages as JSON.stringify writes them,
 * with the keys in the order of the schema, and one for keys in any order and white space between.
 */
import { DAY_BYTES, INSTANT_BYTES, MINUTE_BYTES, readDay, readMinute } from './instants.ts'
import type { Automaton, Run } from './pattern.ts'
import type { Field, Fields, Scratch } from './scratch.ts'
import type { FieldShape, MessageShape, ObjectShape } from './shape.ts'

/** @returns lines of the message (1 where its topic has none), or -1 where it does not take it */
export type DecodeBytes = (bytes: Uint8Array, view: DataView, start: number, end: number) => number

/** Digits of an integer that fits 32 bits whatever they are. */
const SAFE_DIGITS = 9

export interface DecoderSource {
  /** Body of a function that returns a `DecodeBytes`. */
  text: string
  /** What the text names: parameters of that function. */
  values: Map<string, unknown>
}

export function decoderSource(shape: MessageShape, scratch: Scratch): DecoderSource {
  const writer = new SourceWriter()
  const { lines } = shape
  const parts = [SPACE_SOURCE]
  if (lines && scratch.lines) {
    parts.push(
      `function strictLine(bytes, view, p, end, i) {${strictObject(writer, lines.line, scratch.lines.fields)}\nreturn p }`,
      `function looseLine(bytes, view, p, end, i) {${looseObject(writer, lines.line, scratch.lines.fields)}\nreturn p }`,
      linesSource('strictLines', lines.most, 'strictLine(bytes, view, p, end, i)', writer, scratch),
      linesSource('looseLines', lines.most, 'anyLine(bytes, view, p, end, i)', writer, scratch),
      `function anyLine(bytes, view, p, end, i) {
        const q = strictLine(bytes, view, p, end, i)
        return q < 0 ? looseLine(bytes, view, p, end, i) : q
      }`,
    )
  }
  parts.push(
    `const found = ${writer.use(new Int32Array(1), 'found')}`,
    `function strict(bytes, view, p, end) {
      const i = 0
      ${strictObject(writer, shape, scratch.fields, shape.lines)}
      return p === end ? ${lines ? 'found[0]' : 1} : -1
    }`,
    `function loose(bytes, view, p, end) {
      const i = 0
      p = space(bytes, p, end)
      ${looseObject(writer, shape, scratch.fields, shape.lines)}
      return space(bytes, p, end) === end ? ${lines ? 'found[0]' : 1} : -1
    }`,
    `return (bytes, view, start, end) => {
      const lines = strict(bytes, view, start, end)
      return lines < 0 ? loose(bytes, view, start, end) : lines
    }`,
  )
  return { text: `'use strict'\n${parts.join('\n')}`, values: writer.values }
}

/** Collects the arrays and functions that the source names. */
class SourceWriter {
  readonly values = new Map<string, unknown>()
  readonly #names = new Map<unknown, string>()

  /** @returns the name that the value has in the source */
  use(value: unknown, hint: string): string {
    const known = this.#names.get(value)
    if (known) return known
    const name = `${hint}_${this.values.size}`
    this.values.set(name, value)
    this.#names.set(value, name)
    return name
  }
}

const SPACE_SOURCE = `function space(bytes, p, end) {
  while (p < end) {
    const c = bytes[p]
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) break
    p++
  }
  return p
}`

/** Keys in the schema's order, nothing between: leaves \`p\` after the closing brace. */
function strictObject(
  writer: SourceWriter,
  { fields }: ObjectShape,
  into: Fields,
  lines?: MessageShape['lines'],
): string {
  const steps: string[] = []
  let before = '{'
  const step = (name: string, optional: boolean, value: string, absent: string) => {
    if (optional && before === '{')
      throw new Error(`"${name}" comes first in its schema, so make it required.`)
    const key = `${before}${JSON.stringify(name)}:`
    steps.push(
      optional
        ? `if (${same(key)}) { p += ${key.length}\n${value} } else { ${absent} }`
        : `if (!(${same(key)})) return -1\np += ${key.length}\n${value}`,
    )
    before = ','
  }
  fields.forEach((field, index) => {
    if (lines?.after === index) step(lines.name, false, linesCall('strictLines'), '')
    step(
      field.name,
      field.optional,
      valueSource(writer, field, fieldOf(into, field)),
      absentSource(writer, fieldOf(into, field)),
    )
  })
  if (lines?.after === fields.length) step(lines.name, false, linesCall('strictLines'), '')
  return `${steps.join('\n')}\nif (bytes[p] !== 125) return -1\np++`
}

/** Keys in any order, white space anywhere: leaves \`p\` after the closing brace. */
function looseObject(
  writer: SourceWriter,
  { fields }: ObjectShape,
  into: Fields,
  lines?: MessageShape['lines'],
): string {
  const names = [...fields.map(({ name }) => name), ...(lines ? [lines.name] : [])]
  if (names.length > 31)
    throw new Error('The decoder tells keys apart by the bits of one number: at most 31.')
  const branches = names.map((name, bit) => {
    const field = fields[bit]
    const key = JSON.stringify(name)
    return `if (${same(key)}) {
      if ((seen & ${1 << bit}) !== 0) return -1
      seen |= ${1 << bit}
      p = space(bytes, p + ${key.length}, end)
      if (bytes[p] !== 58) return -1
      p = space(bytes, p + 1, end)
      ${field ? valueSource(writer, field, fieldOf(into, field)) : linesCall('looseLines')}
    }`
  })
  const required = names.reduce((bits, _, bit) => (fields[bit]?.optional ? bits : bits | (1 << bit)), 0)
  const absent = fields.flatMap((field, bit) =>
    field.optional
      ? [`if ((seen & ${1 << bit}) === 0) { ${absentSource(writer, fieldOf(into, field))} }`]
      : [],
  )
  return `if (bytes[p] !== 123) return -1
    let seen = 0
    do {
      p = space(bytes, p + 1, end)
      if (p >= end) return -1
      ${branches.join(' else ')} else return -1
      p = space(bytes, p, end)
    } while (bytes[p] === 44)
    if (bytes[p] !== 125 || (seen & ${required}) !== ${required}) return -1
    p++
    ${absent.join('\n')}`
}

function linesCall(name: string): string {
  return `p = ${name}(bytes, view, p, end)\nif (p < 0) return -1`
}

/** Reads the array of lines and notes where each one lies. */
function linesSource(
  name: string,
  most: number,
  line: string,
  writer: SourceWriter,
  scratch: Scratch,
): string {
  const starts = writer.use(scratch.lines!.start, 'line_start')
  const ends = writer.use(scratch.lines!.end, 'line_end')
  const space = name === 'looseLines' ? 'p = space(bytes, p, end)' : ''
  return `function ${name}(bytes, view, p, end) {
    if (bytes[p] !== 91) return -1
    p++
    for (let i = 0; i < ${most}; i++) {
      ${space}
      if (p >= end) return -1
      ${starts}[i] = p
      p = ${line}
      if (p < 0) return -1
      ${ends}[i] = p
      ${space}
      const c = bytes[p++]
      if (c === 44) continue
      if (c !== 93 || p > end) return -1
      found[0] = i + 1
      return p
    }
    return -1
  }`
}

/** Reads the value that begins at \`p\` into place \`i\` of the field, and leaves \`p\` after it. */
function valueSource(writer: SourceWriter, shape: FieldShape, field: Field): string {
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
        if (day !== day) return -1
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

function absentSource(writer: SourceWriter, field: Field): string {
  if (field.kind === 'text') return `${writer.use(field.start, 'start')}[i] = -1`
  if (field.kind === 'choice') return `${writer.use(field.value, 'choice')}[i] = -1`
  return `${numbers(writer, field)}[i] = NaN`
}

function numbers(writer: SourceWriter, field: Field): string {
  if (field.kind !== 'number') throw new Error('An integer, instant or day is no number in the scratch')
  return writer.use(field.value, 'number')
}

function fieldOf(fields: Fields, { name }: FieldShape): Field {
  const field = fields.get(name)
  if (!field) throw new Error(`"${name}" is not in the scratch`)
  return field
}

/** Condition that the bytes from \`p\` on are those of a text: four at a time, the last four overlapping. */
function same(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length < 4) {
    return [...bytes].map((byte, index) => `bytes[p + ${index}] === ${byte}`).join(' && ')
  }
  const places = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, index) =>
    Math.min(4 * index, bytes.length - 4),
  )
  return places.map((at) => `view.getInt32(p + ${at}, true) === ${bytes.readInt32LE(at)}`).join(' && ')
}
