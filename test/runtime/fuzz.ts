/** Sends each route what its schema says, with one field replaced by what nobody should send. */
import fc from 'fast-check'

/** What is read of JSON Schema. */
export interface Schema {
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  minimum?: number
  exclusiveMinimum?: number
}

export interface Operation {
  method: string
  /** With {name} where a part of the path goes. */
  url: string
  path?: Schema
  query?: Schema
  body?: Schema
}

export interface Request {
  method: string
  url: string
  /** JSON, or meant to be. */
  payload?: string
}

export interface FuzzOptions {
  send(request: Request): Promise<{ status: number; body: string }>
  /** By name of the field: what is there, so that a request with it reaches the engines. */
  examples: Record<string, unknown>
  /** By method and URL: bodies to which the field is added; without one, what the schema requires. */
  bodies?: Record<string, readonly Record<string, unknown>[]>
}

export interface Fuzzed {
  requests: number
  /** That were not refused. */
  taken: number
  /** Answers of 5xx, and refusals that do not say what is wrong with what. */
  faults: string[]
}

const INSTANTS = [
  '2026-01-01T23:59:60Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:00+24:00',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '1900-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1990-01-01T00:00:00+14:00',
  '2099-12-31T23:59:59.999999999-14:00',
  '2106-02-08T00:00:00Z',
  '2150-01-01T00:00:00Z',
  '2300-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2026-03-01 00:00:00Z',
  '2026-03-01T00:00:00',
  '2026-03-01t00:00:00z',
  '2026-02-30',
  '2025-02-29',
  '0000-00-00',
  '1969-12-31',
  '2150-01-01',
  '9999-12-31',
  '2026-1-1',
]
const NUMBERS = [
  'NaN',
  'Infinity',
  '-Infinity',
  '1e400',
  '-1e400',
  '1e308',
  '-1',
  '-0',
  '0',
  '1',
  '1.5',
  '1e-400',
  '0x10',
  '2147483647',
  '2147483648',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  ' 1 ',
  '1_000',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  `1${'0'.repeat(80)}`,
  '١',
]
const TEXTS = [
  '',
  ' ',
  'a',
  'true',
  'null',
  'undefined',
  '[]',
  '{}',
  '[object Object]',
  'live,live',
  'x'.repeat(200),
  'x'.repeat(9_000),
  'é'.repeat(80),
  '😀'.repeat(80),
  'e\u0301',
  '\u202eabc',
  '\u200f',
  '\ufeff',
  '\ufffd',
  '\0',
  'a\0b',
  '\u0001',
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\ufffe',
  '\uffff',
  '\n',
  'a\r\nb: c',
  '\t',
  "'",
  "' or 1=1 --",
  '"; drop table x; --',
  '\\',
  "\\'",
  '%',
  '_',
  '{a:String}',
  '$1',
  '*',
  '(?:',
  '`',
  '~',
  '../../etc/passwd',
  '/',
  '..',
  '.',
  '//',
  'file:///etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '1~sales-transactions/0/0/0',
  '9999999999999~sales-transactions/0/0/0',
  '1~',
  '~',
  '1~a~b',
  '99999999999999~sales-transactions/0/0/0',
  '1~sales-transactions@999999999/999999999/1/999999999',
  'sales-transactions/0/999999999999999999/0',
  'sales-transactions/0/9999999999999999999/0',
  'sales-transactions@2147483648/0/0/0',
  'sales-transactions@999999999/999999999/0/999999999',
]
const SEED = 13
const random = <T>(values: fc.Arbitrary<T>, numRuns: number): T[] =>
  fc.sample(values, { seed: SEED, numRuns })

const ANY = ['', 'a', 'null', '[object Object]', '\0', '__proto__', "'", '1e400', '-1', '9'.repeat(9_000)]
const RANDOM = random(fc.string({ unit: 'binary', maxLength: 40 }), 10)
const RANDOM_JSON = random(fc.json({ depthSize: 'small' }), 10)

/** Texts that are strange to a field: to any, and to one of its type. */
function strangeTo({ type, format, enum: choices }: Schema): string[] {
  if (type === 'integer' || type === 'number') return [...ANY, ...NUMBERS]
  if (format !== undefined) return [...ANY, ...INSTANTS]
  return choices || type !== 'string' ? ANY : [...ANY, ...TEXTS, ...RANDOM]
}

/** Strange parts of a URL, as they are written there. */
const inUrl = (schema: Schema): string[] => [
  ...strangeTo(schema).map((text) => encodeURIComponent(text.toWellFormed())),
  '%',
  '%zz',
  '%00',
  '%ff',
  '%c0%80',
  '%ed%a0%80',
  '%2e%2e%2f',
  '+',
  ';',
]
/** Strange values in a body, as they are written there. */
const inBody = (schema: Schema): string[] => [
  ...strangeTo(schema).map((text) => JSON.stringify(text)),
  ...(schema.type === 'integer' || schema.type === 'number' ? NUMBERS : ['1', '-1', '1e400', 'NaN']),
  'null',
  'true',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[1,"a",{}]',
  '{"a":1}',
  '01',
  '',
  ',',
  '\ufeff1',
  '"\\ud800"',
  '"a\\udfffb"',
  '"\\u0000"',
  '"\\x00"',
  '{"a":1,"a":2}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"toString":1,"valueOf":1,"length":-1}',
  `${'['.repeat(400)}${']'.repeat(400)}`,
  '{"a":'.repeat(400),
  `[${'0,'.repeat(300)}0]`,
  ...RANDOM_JSON,
]

export async function fuzz(operations: readonly Operation[], options: FuzzOptions): Promise<Fuzzed> {
  const result: Fuzzed = { requests: 0, taken: 0, faults: [] }
  for (const operation of operations) {
    for (const attempt of attemptsOf(operation, options)) {
      result.requests++
      const { status, body } = await options.send(attempt.request)
      if (status < 400) result.taken++
      else {
        const fault = faultOf(status, body, attempt)
        if (fault !== undefined) {
          const { method, url, payload = '' } = attempt.request
          result.faults.push(`${method} ${url.slice(0, 300)} ${payload.slice(0, 300)}: ${status} ${fault}`)
        }
      }
    }
  }
  return result
}

interface Attempt {
  request: Request
  /** Names of the field that is strange, and of those that it is in; none: the whole. */
  fields: string[]
}

function faultOf(status: number, body: string, { fields }: Attempt): string | undefined {
  if (status >= 500) return body.slice(0, 300)
  try {
    const { error, message } = JSON.parse(body) as Record<string, unknown>
    if (typeof error !== 'string' || typeof message !== 'string' || message === '')
      return `is no error of ours: ${body.slice(0, 300)}`
    const isNamed = fields.length === 0 || fields.some((field) => message.includes(field))
    if (error === 'invalid_request' && !isNamed) return `does not name "${fields.join('.')}": ${message}`
    return undefined
  } catch {
    return `is not JSON: ${body.slice(0, 300)}`
  }
}

function* attemptsOf(operation: Operation, options: FuzzOptions): Generator<Attempt> {
  const { method, path = {}, query = {}, body } = operation
  const example = (schema: Schema) => exampleOf(schema, '', options.examples) as Record<string, unknown>
  const [parts, filters] = [example(path), example(query)]
  const bodies = options.bodies?.[`${method} ${operation.url}`] ?? (body ? [example(body)] : [])
  const payload = bodies[0] && { payload: JSON.stringify(bodies[0]) }
  const text = (values: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, encodeURIComponent(String(value))]),
    )
  const urlOf = (inPath: Record<string, string>, inQuery: Record<string, string>) => {
    const search = Object.entries(inQuery).map(([name, value]) => `${name}=${value}`)
    const filled = operation.url.replace(/\{(\w+)\}/g, (_, name: string) => inPath[name]!)
    return search.length === 0 ? filled : `${filled}?${search.join('&')}`
  }
  const url = urlOf(text(parts), text(filters))

  yield { request: { method, url, ...payload }, fields: [] }
  for (const [field, schema] of Object.entries(path.properties ?? {})) {
    for (const strange of inUrl(schema)) {
      const strangeUrl = urlOf({ ...text(parts), [field]: strange }, text(filters))
      yield { request: { method, url: strangeUrl, ...payload }, fields: [field] }
    }
  }
  for (const [field, schema] of Object.entries(query.properties ?? {})) {
    for (const strange of inUrl(schema)) {
      const strangeUrl = urlOf(text(parts), { ...text(filters), [field]: strange })
      yield { request: { method, url: strangeUrl, ...payload }, fields: [field] }
    }
    const value = encodeURIComponent(String(exampleOf(schema, field, options.examples)))
    const rest = text(filters)
    delete rest[field]
    for (const name of [`${field}[]`, `${field}[a]`, `${field}.a`, `${field}=${value}&${field}`]) {
      const strangeUrl = urlOf(text(parts), { ...rest, [name]: value })
      yield { request: { method, url: strangeUrl, ...payload }, fields: [field] }
    }
  }
  if (!body) return
  for (const base of bodies) {
    for (const { at, schema } of fieldsOf(body)) {
      for (const strange of inBody(schema)) {
        const marked = replaced(base, at, MARK) as Record<string, unknown>
        const strangeBody = JSON.stringify(marked).replace(JSON.stringify(MARK), () => strange)
        yield { request: { method, url, payload: strangeBody }, fields: at.map(String) }
      }
    }
  }
}

/** Stands for the strange value until the body is text. */
const MARK = '@strange@'

type Way = readonly (string | number)[]

/** Every field of a schema, the whole first. */
function fieldsOf(schema: Schema, at: Way = []): { at: Way; schema: Schema }[] {
  const inside = [schema, ...(schema.anyOf ?? [])]
  return [
    { at, schema },
    ...inside.flatMap(({ properties = {}, items }) => [
      ...Object.entries(properties).flatMap(([name, part]) => fieldsOf(part, [...at, name])),
      ...(items ? fieldsOf(items, [...at, 0]) : []),
    ]),
  ]
}

function replaced(value: unknown, [step, ...rest]: Way, by: unknown): unknown {
  if (step === undefined) return by
  if (typeof step === 'number') return [replaced(undefined, rest, by)]
  const before = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  return { ...before, [step]: replaced(before[step], rest, by) }
}

/** One name may be a text here and a number there. */
const fits = ({ type, format }: Schema, example: unknown): boolean =>
  (type === 'integer' || type === 'number') === (typeof example === 'number') &&
  (format !== 'date' || /^\d{4}-\d{2}-\d{2}$/.test(String(example)))

/** A value that the schema takes, with what it requires and no more. */
function exampleOf(schema: Schema, name: string, examples: Record<string, unknown>): unknown {
  if (Object.hasOwn(examples, name) && fits(schema, examples[name])) return examples[name]
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return exampleOf(schema.anyOf[0]!, name, examples)
  const { properties = {}, required = [], items = {}, format } = schema
  switch (schema.type) {
    case 'array':
      return [exampleOf(items, name, examples)]
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1
    case 'string':
      return format === 'date-time' ? '2026-03-01T00:00:00Z' : format === 'date' ? '2026-03-01' : 'a'
    default:
      return Object.fromEntries(required.map((part) => [part, exampleOf(properties[part]!, part, examples)]))
  }
}

/** What of a schema is not bounded, by the way to it: such a value may be larger than an engine takes. */
export function unbounded(schema: Schema, way = ''): string[] {
  const { type, properties = {}, items, anyOf = [] } = schema
  const limits = schema as Record<string, unknown>
  const has = (...names: string[]) => names.some((name) => limits[name] !== undefined)
  const bounds: Record<string, boolean> = {
    string: has('maxLength', 'format', 'enum', 'const') || /^\^[^*+]*\$$/.test(String(limits.pattern)),
    integer:
      has('const', 'enum') || (has('minimum', 'exclusiveMinimum') && has('maximum', 'exclusiveMaximum')),
    array: has('maxItems'),
    object: limits.additionalProperties === false,
  }
  bounds.number = bounds.integer!
  return [
    ...(type !== undefined && bounds[type] === false ? [`${way || 'the whole'} (${type})`] : []),
    ...Object.entries(properties).flatMap(([name, part]) => unbounded(part, way ? `${way}.${name}` : name)),
    ...(items ? unbounded(items, `${way}[]`) : []),
    ...anyOf.flatMap((part) => unbounded(part, way)),
  ]
}
