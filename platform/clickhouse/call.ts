/** One request as its URL, headers and form fields say it; the statement and its rows follow from the body. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Busboy } from '@fastify/busboy'
import { CODE, Failure } from './failure.ts'
import type { User } from './rights/users.ts'
import { formatName, type InsertHead, readInsert } from './statement/statement.ts'
import { chooseEncoding, decodeBody, type Encoding } from './wire/encodings.ts'
import { readRevision } from './wire/native-frames.ts'

export interface Call {
  method: string
  queryId: string
  database: string | undefined
  sessionId: string | undefined
  sessionTimeoutS: number
  /** Whether the session must be there already. */
  sessionCheck: boolean
  /** Settings for this query, by name. */
  settings: Map<string, string>
  /** Query parameters, without the prefix `param_`. */
  parameters: Map<string, string>
  /** Format of a result whose query names none. */
  defaultFormat: string
  /** Of ClickHouse's protocol, by which the client reads Native blocks; 0 when it gives none. */
  revision: number
  /** How the answer is compressed, where the client takes that. */
  encoding: Encoding | undefined
}

/** A statement that is whole, or an INSERT with its rows: what was read with it, and what follows. */
export type Body =
  | { text: string; insert?: undefined }
  | { insert: InsertHead; rows: { first: Buffer; rest: AsyncIterator<Buffer>; complete: boolean } }

/** URL parameters of ClickHouse's HTTP interface that are not settings, or that only a server of many hosts heeds. */
const NOT_SETTINGS = new Set(
  `query query_id database default_format user password quota_key role session_id session_timeout session_check
  close_session compress decompress stacktrace buffer_size wait_end_of_query client_protocol_version
  enable_http_compression http_zlib_compression_level send_progress_in_http_headers
  http_headers_progress_interval_ms http_response_headers http_make_head_request
  cancel_http_readonly_queries_on_client_close log_comment`.split(/\s+/),
)
const PARAMETER = 'param_'
const SETTING_NAME = /^[A-Za-z][A-Za-z0-9_.]*$/
const DEFAULT_SESSION_S = 60
const MAX_SESSION_S = 3_600

// Longer texts are data that should be inserted, or parameters that belong into a multipart form. Tools write queries
// of some kilobytes.
const MAX_STATEMENT_BYTES = { service: 64 * 1_048_576, analyst: 1_048_576 }
const MAX_FIELD_BYTES = 64 * 1_048_576
const FIRST_LOOK_BYTES = 65_536
// A query is sent at once. Who takes longer holds a connection for nothing.
const ANALYST_BODY_S = 30

export function readCall(request: IncomingMessage, url: URLSearchParams): Call {
  const settings = new Map<string, string>()
  const parameters = new Map<string, string>()
  for (const [name, value] of url) {
    if (name.startsWith(PARAMETER)) parameters.set(parameterName(name), value)
    else if (!NOT_SETTINGS.has(name)) settings.set(checkedName(name), value)
  }
  const header = (name: string) => {
    const value = request.headers[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const timeout = Number(url.get('session_timeout') ?? DEFAULT_SESSION_S)
  return {
    method: request.method ?? 'GET',
    queryId: url.get('query_id') || header('x-clickhouse-query-id') || randomUUID(),
    database: url.get('database') || header('x-clickhouse-database'),
    sessionId: url.get('session_id') || undefined,
    sessionCheck: url.get('session_check') === '1',
    sessionTimeoutS: timeout > 0 && timeout <= MAX_SESSION_S ? timeout : DEFAULT_SESSION_S,
    settings,
    parameters,
    defaultFormat: formatName(header('x-clickhouse-format') ?? url.get('default_format') ?? 'TabSeparated'),
    revision: readRevision(url.get('client_protocol_version')),
    encoding:
      url.get('compress') === '1'
        ? 'native'
        : url.get('enable_http_compression') === '1'
          ? chooseEncoding(header('accept-encoding'))
          : undefined,
  }
}

const parameterName = (name: string) => checkedName(name.slice(PARAMETER.length))

/** Names become part of a statement, so nothing but a word passes. */
function checkedName(name: string): string {
  if (!SETTING_NAME.test(name))
    throw new Failure(CODE.unknownSetting, `Unknown setting '${name}'. Settings are letters, digits and _`)
  return name
}

/** Reads the body up to the rows of an INSERT, or whole; form fields go into the call. */
export async function readBody(
  request: IncomingMessage,
  url: URLSearchParams,
  call: Call,
  { role }: User,
): Promise<Body> {
  const plain = decodeBody(request, {
    contentEncoding: request.headers['content-encoding'],
    nativeBlocks: url.get('decompress') === '1',
  })
  const inUrl = url.get('query') ?? ''
  const type = request.headers['content-type'] ?? ''
  const limit = MAX_STATEMENT_BYTES[role]
  const read = async (): Promise<Body> => {
    if (/^multipart\/form-data/i.test(type)) {
      const fields = await readForm(plain, type)
      for (const [name, value] of fields) {
        if (name.startsWith(PARAMETER)) call.parameters.set(parameterName(name), value)
      }
      return textOrInsert(inUrl + (fields.get('query') ?? ''), single(Buffer.alloc(0)), limit)
    }
    return textOrInsert(inUrl, plain[Symbol.asyncIterator](), limit)
  }
  return role === 'analyst' ? within(ANALYST_BODY_S, read()) : read()
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const failure = new Failure(
      CODE.timeoutExceeded,
      `Timeout exceeded: the query did not arrive within ${seconds} s. Send the whole body at once`,
    )
    timer = setTimeout(() => reject(failure), seconds * 1_000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}

async function* single(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk
}

/**
 * ClickHouse reads ?query=, a line end, and the body as one text.
 * @returns it as a whole, unless it is an INSERT whose rows follow: those are not read here
 */
async function textOrInsert(inUrl: string, rest: AsyncIterator<Buffer>, limit: number): Promise<Body> {
  let head: Buffer = Buffer.from(inUrl === '' ? '' : `${inUrl}\n`)
  let complete = false
  let look = FIRST_LOOK_BYTES
  for (;;) {
    const parts = [head]
    let size = head.length
    while (size < look && !complete) {
      const next = await rest.next()
      complete = next.done === true
      if (next.done) break
      parts.push(next.value)
      size += next.value.length
    }
    head = Buffer.concat(parts)
    const insert = readInsert(head.toString('latin1'), complete)
    if (insert && insert !== 'no data')
      return { insert, rows: { first: head.subarray(insert.data.start), rest, complete } }
    if (complete) return { text: utf8(head) }
    if (head.length >= limit) refuseLength(limit)
    look = head.length * 4
  }
}

function refuseLength(limit: number): never {
  throw new Failure(
    CODE.tooLarge,
    `The query is longer than ${limit / 1_048_576} MiB. Insert the values into a table, or send them as rows of an INSERT`,
  )
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Failure(
      CODE.syntaxError,
      "Syntax error: the query is not UTF-8. Send it as UTF-8; other bytes as unhex('FF')",
    )
  }
}

function readForm(body: AsyncIterable<Buffer>, contentType: string): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>()
    const form = new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: MAX_FIELD_BYTES },
    })
    form.on('field', (name, value, _nameTruncated, truncated) => {
      if (truncated)
        reject(
          new Failure(
            CODE.tooLarge,
            `Form field "${name}" is longer than ${MAX_FIELD_BYTES / 1_048_576} MiB. Send less`,
          ),
        )
      fields.set(name, value)
    })
    form.on('file', (name, stream) => {
      stream.resume()
      reject(
        new Failure(
          CODE.notImplemented,
          `Form part "${name}" is an external table, which the embedded warehouse does not take. Send an array as a query parameter, or insert into a temporary table of a session`,
        ),
      )
    })
    form.on('error', reject)
    form.on('finish', () => resolve(fields))
    feed(body, form).catch(reject)
  })
}

async function feed(body: AsyncIterable<Buffer>, form: NodeJS.WritableStream) {
  for await (const chunk of body) form.write(chunk)
  form.end()
}
