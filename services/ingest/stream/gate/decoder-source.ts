/**
 * Source of the fast route's decoder. Two readings of the same shape: one for messages as JSON.stringify writes them,
 * with the keys in the order of the schema, and one for keys in any order and white space between.
 *
 * In the source `p` is where the next byte is read, `i` the line that is read into, and bytes are numbers: 34 is the
 * quote, 44 the comma, 45 the minus, 58 the colon, 91 and 93 the brackets, 123 and 125 the braces.
 */
import type { Field, Fields, Scratch } from './scratch.ts'
import type { FieldShape, MessageShape, ObjectShape } from './shape.ts'
import { absentSource, SourceWriter, same, valueSource } from './value-source.ts'

/** @returns lines of the message (1 where its topic has none), or -1 where it does not take it */
export type DecodeBytes = (bytes: Uint8Array, view: DataView, start: number, end: number) => number

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
  let separator = '{'
  const step = (name: string, optional: boolean, value: string, absent: string) => {
    if (optional && separator === '{')
      throw new Error(`"${name}" comes first in its schema, so make it required.`)
    const key = `${separator}${JSON.stringify(name)}:`
    steps.push(
      optional
        ? `if (${same(key)}) { p += ${key.length}\n${value} } else { ${absent} }`
        : `if (!(${same(key)})) return -1\np += ${key.length}\n${value}`,
    )
    separator = ','
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

function fieldOf(fields: Fields, { name }: FieldShape): Field {
  const field = fields.get(name)
  if (!field) throw new Error(`"${name}" is not in the scratch`)
  return field
}
