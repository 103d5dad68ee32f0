/** Rows of an object, each held to the schema of its kind. */
import type { RowDataset } from '@shelfcast/contracts/datasets/layout'
import { Compile, type Validator } from 'typebox/compile'

/** A row, or an object as a whole, that is not as agreed. */
export interface Refusal {
  /** From 1; 0 stands for the object. */
  line: number
  /** What is wrong with it, for a person. */
  reason: string
  /** The beginning of what it says. */
  text: string
}

/** Objects are read as a whole. */
export const OBJECT_BYTES_LIMIT = 64 * 1024 * 1024
const LINE_BYTES_LIMIT = 1024 * 1024
const TEXT_LETTERS = 1_000

const validators = new Map<string, Validator>()
const LF = 0x0a

/** @returns rows in their order, and what is wrong with the others */
export function readRows(dataset: RowDataset, body: Buffer): { rows: object[]; refusals: Refusal[] } {
  const rows: object[] = []
  const refusals: Refusal[] = []
  const take = (bytes: Buffer, line: number) => {
    const row = readRow(dataset, bytes)
    if ('reason' in row) refusals.push({ line, reason: row.reason, text: shown(bytes) })
    else rows.push(row.value)
  }
  if (dataset.format === 'json') take(body, 1)
  else {
    let line = 0
    for (let begin = 0; begin < body.length; ) {
      const lineEnd = body.indexOf(LF, begin)
      const end = lineEnd < 0 ? body.length : lineEnd
      line++
      if (end > begin) take(body.subarray(begin, end), line)
      begin = end + 1
    }
  }
  return { rows, refusals }
}

function readRow(dataset: RowDataset, bytes: Buffer): { value: object } | { reason: string } {
  if (dataset.format === 'ndjson' && bytes.length > LINE_BYTES_LIMIT)
    return { reason: `the line has ${bytes.length} bytes, a row has at most ${LINE_BYTES_LIMIT}` }
  const value = parsed(bytes)
  if (typeof value !== 'object' || value === null) return { reason: 'it is no JSON' }
  const validator = validatorOf(dataset)
  if (!validator.Check(value)) {
    const [fault] = validator.Errors(value)
    return { reason: `${fault?.instancePath || 'it'} ${fault?.message ?? 'is not as agreed'}` }
  }
  const reason = dataset.fault?.(value)
  return reason === undefined ? { value } : { reason }
}

function validatorOf({ kind, schema }: RowDataset): Validator {
  const validator = validators.get(kind) ?? Compile(schema)
  validators.set(kind, validator)
  return validator
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    return undefined
  }
}

/** As a terminal and the warehouse take it. */
function shown(bytes: Buffer): string {
  return [...bytes.subarray(0, 4 * TEXT_LETTERS).toString('utf8')]
    .slice(0, TEXT_LETTERS)
    .map((letter) => (letter < ' ' || letter === '\u007f' ? ' ' : letter))
    .join('')
}
