/** What comes in before any route sees it: bodies, and connections that do not speak HTTP. */
import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { parse } from 'secure-json-parse'
import { VALIDATION } from './validation.ts'

/** What is used of a Fastify server. */
interface Server {
  removeAllContentTypeParsers(): void
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer' },
    read: (request: { headers: { 'content-type'?: string } }, body: Buffer) => Promise<unknown>,
  ): unknown
}

/** A body is JSON, and nothing that a form of another page can send. */
export function acceptJsonOnly(server: Server): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, async ({ headers }, body) =>
    readJson(body, headers['content-type'] ?? ''),
  )
}

/** Nesting of the deepest body that any route takes, with some to spare. What is deeper cannot be told in an error. */
const DEPTH_LIMIT = 32

const refused = (code: string, message: string): Error =>
  Object.assign(new Error(message), { statusCode: 400, code })

/**
 * The value of a JSON body, without doubt about what was meant.
 * @throws a fault with status 400
 */
export function readJson(bytes: Buffer, contentType: string): unknown {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1]
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw refused('charset_refused', `The body says charset "${charset}". JSON is UTF-8: send it so.`)
  }
  if (!isUtf8(bytes)) {
    throw refused('body_not_utf8', 'The body has bytes that are not UTF-8. Encode it as UTF-8.')
  }
  // RFC 8259 lets readers pass over a byte order mark.
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  if (text.trim() === '') {
    throw refused('body_missing', 'The body is empty. Send a JSON object, {} where nothing is to be said.')
  }
  let value: unknown
  try {
    // Refuses keys that would reach an object's prototype.
    value = parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : String(error)
    throw refused('not_json', `The body is not JSON that is taken here: ${reason}. Correct it.`)
  }
  if (keysOf(text) !== ownKeys(value)) {
    throw refused('key_repeated', 'An object of the body has a key more than once. Give each key once.')
  }
  return value
}

/** Keys that a text of valid JSON writes: the strings that a colon follows. */
function keysOf(text: string): number {
  let keys = 0
  let at = text.indexOf('"')
  while (at !== -1) {
    at++
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    at++
    while (/\s/.test(text[at] ?? '')) at++
    if (text[at] === ':') keys++
    at = text.indexOf('"', at)
  }
  return keys
}

/** Keys that the value has, at all depths. */
function ownKeys(value: unknown): number {
  let keys = 0
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_LIMIT) {
      throw refused('body_too_deep', `The body nests more than ${DEPTH_LIMIT} levels. Send a flatter one.`)
    }
    const next: unknown[] = []
    for (const node of level) {
      if (typeof node !== 'object' || node === null) continue
      const inside = Object.values(node)
      if (!Array.isArray(node)) keys += inside.length
      for (const child of inside) if (typeof child === 'object') next.push(child)
    }
    level = next
  }
  return keys
}

const BROKEN: Record<string, { status: string; message: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'The address and the headers of the request are larger than 16 KB. Send less of them.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'The request did not come in whole in time. Send it again.',
  },
}
const NOT_HTTP = {
  status: '400 Bad Request',
  message: 'The request is not HTTP/1.1. Correct its first line and its headers.',
}

/** The answer to what is no request: there is no reply to answer with, only the connection. */
export function answerBroken(error: Error & { code: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const { status, message } = BROKEN[error.code] ?? NOT_HTTP
    const body = JSON.stringify({ error: 'bad_request', message })
    socket.write(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nx-content-type-options: nosniff\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy(error)
}

/** Options of every Fastify server of ours. The guard, errors and logging are its own. */
export const STRICT = {
  // A stop does not wait for clients that keep their connections.
  forceCloseConnections: true,
  requestTimeout: 30_000,
  ajv: VALIDATION,
  clientErrorHandler: answerBroken,
} as const
