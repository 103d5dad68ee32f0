/** Writing an answer: headers, chunks with back-pressure, and errors before and within the body. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Transform } from 'node:stream'
import type { Failure } from './failure.ts'
import { createEncoder, type Encoding } from './wire/encodings.ts'

export const DISPLAY_NAME = 'shelfcast'
const TIME_ZONE = 'UTC'

const CONTENT_TYPES: [RegExp, string][] = [
  [/^JSON(Strings|Compact|CompactStrings|ColumnsWithMetadata)?$/, 'application/json; charset=UTF-8'],
  [/^JSON.*EachRow/, 'application/x-ndjson; charset=UTF-8'],
  [/^(TSV|TabSeparated)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(Pretty|Vertical|Values|LineAsString|Markdown|SQLInsert)/, 'text/plain; charset=UTF-8'],
  [/^XML$/, 'application/xml; charset=UTF-8'],
  [/^Arrow/, 'application/vnd.apache.arrow.stream'],
]

export interface Summary {
  rowsRead: number
  bytesRead: number
  rowsWritten?: number
  bytesWritten?: number
  seconds: number
}

/** The response of one query. */
export class Answer {
  readonly #response: ServerResponse
  readonly #request: IncomingMessage
  readonly #version: string
  /** Tells an exception within the body from data that looks like one. */
  readonly #tag = randomBytes(8).toString('hex')
  #encoder: Transform | undefined

  constructor(request: IncomingMessage, response: ServerResponse, version: string) {
    this.#request = request
    this.#response = response
    this.#version = version
    // A client may go away between a look at the response and a write to it.
    response.on('error', () => {})
    response.setHeader('X-ClickHouse-Server-Display-Name', DISPLAY_NAME)
    response.setHeader('X-ClickHouse-Timezone', TIME_ZONE)
  }

  setQueryId(queryId: string) {
    this.#response.setHeader('X-ClickHouse-Query-Id', encodeURI(queryId))
  }

  get started(): boolean {
    return this.#response.headersSent
  }

  get gone(): boolean {
    return this.#response.destroyed
  }

  /** @param body what the body is; left out when there is none */
  begin(summary: Summary, body?: { format: string; encoding: Encoding | undefined }) {
    const response = this.#response
    response.setHeader('X-ClickHouse-Summary', JSON.stringify(summaryFields(summary)))
    if (body) {
      const type = CONTENT_TYPES.find(([pattern]) => pattern.test(body.format))?.[1]
      response.setHeader('Content-Type', type ?? 'application/octet-stream')
      response.setHeader('X-ClickHouse-Format', body.format)
      response.setHeader('X-ClickHouse-Exception-Tag', this.#tag)
      if (body.encoding) this.#encode(body.encoding)
    }
    response.writeHead(200)
  }

  #encode(encoding: Encoding) {
    const response = this.#response
    const encoder = createEncoder(encoding)
    if (encoding !== 'native') response.setHeader('Content-Encoding', encoding)
    encoder.pipe(response, { end: false })
    response.once('close', () => encoder.destroy())
    this.#encoder = encoder
  }

  /** Returns when the client can take more, or has gone. */
  async write(chunk: Uint8Array): Promise<void> {
    const response = this.#response
    const sink = this.#encoder ?? response
    if (response.destroyed || sink.write(chunk)) return
    await new Promise<void>((resolve) => {
      const done = () => {
        sink.off('drain', done)
        response.off('close', done)
        resolve()
      }
      sink.on('drain', done)
      response.on('close', done)
    })
  }

  end() {
    this.#finish(() => this.#response.end())
  }

  /** @param then what to do when all that was written has left the encoder */
  #finish(then: () => void) {
    if (this.#encoder) this.#encoder.once('end', then).end()
    else then()
  }

  fail(failure: Failure) {
    const response = this.#response
    if (response.destroyed) return
    const text = `${failure.text(this.#version)}\n`
    if (!response.headersSent) {
      response.setHeader('X-ClickHouse-Exception-Code', String(failure.code))
      response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
      // What is left of the body would be taken for the next request.
      if (!this.#request.complete) response.setHeader('Connection', 'close')
      response.writeHead(failure.status).end(text)
      return
    }
    // The status is sent, so the body says it; then it is broken off, so that no client takes it for whole.
    const size = Buffer.byteLength(text)
    const tag = this.#tag
    const sink = this.#encoder ?? response
    sink.write(`\r\n__exception__\r\n${tag}\r\n${text}${size} ${tag}\r\n__exception__\r\n`)
    // One turn after the last write, so that the text leaves before the connection does.
    this.#finish(() => response.write('', () => setImmediate(() => response.destroy())))
  }
}

function summaryFields(summary: Summary): Record<string, string> {
  const written: Record<string, string> =
    summary.rowsWritten === undefined
      ? {}
      : { written_rows: String(summary.rowsWritten), written_bytes: String(summary.bytesWritten ?? 0) }
  return {
    read_rows: String(summary.rowsRead),
    read_bytes: String(summary.bytesRead),
    ...written,
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: '0',
    elapsed_ns: String(Math.round(summary.seconds * 1e9)),
  }
}
