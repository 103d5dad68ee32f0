/** A POST of JSON whose receiver may be slow, busy, broken or wrong. */
import { TryLater, Undeliverable } from './channel.ts'

/** An order of some thousand lines is taken within; the lease of the outbox is longer. */
const TIMEOUT_MS = 15_000
/** Of an answer, what is kept of it for people; what is longer is not read. */
const ANSWER_LIMIT_BYTES = 16_384
const ANSWER_SHOWN = 500
/** Who asks for more patience than a day is asked again the next day. */
const MOST_PATIENCE_MS = 86_400_000
/**
 * 4xx after which the same request may be taken: it came in too slowly, too early or too often, or the first of two with
 * one key is still worked on (draft-ietf-httpapi-idempotency-key-header, 2.6).
 */
const PASSING = [408, 409, 425, 429]

export interface Post {
  url: URL
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  signal: AbortSignal
  /** For errors: `the ERP`. */
  receiver: string
  /** Statuses after which trying again cannot help, beside those of HTTP. */
  final?: readonly number[]
  timeoutMs?: number
}

/**
 * @returns the answer of a receiver that took it, cut short where it is long
 * @throws Undeliverable for an answer that stays the same; TryLater or another error where trying again may help
 */
export async function post(request: Post): Promise<{ status: number; answer: string }> {
  const { url, headers, signal, receiver, final = [], timeoutMs = TIMEOUT_MS } = request
  const timeout = AbortSignal.timeout(timeoutMs)
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      // A redirect could lead the order, and its signature, to an address that nobody agreed to.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      body: new Uint8Array(request.body),
    })
  } catch (error) {
    signal.throwIfAborted()
    const how = timeout.aborted
      ? `did not answer within ${timeoutMs / 1_000} s`
      : `is not reached: ${codeOf(error)}`
    throw new Error(`${receiver} at ${url.host} ${how}.`)
  }
  const { status } = response
  const answer = await beginOf(response)
  if (response.ok) return { status, answer }
  const location = response.headers.get('location')
  const text = `${receiver} at ${url.host} answered ${status}${
    location === null ? '' : ` (moved to ${location.slice(0, 200)}, which is not followed)`
  }${answer === '' ? '' : `: ${answer}`}`
  const isPassing = status >= 500 || PASSING.includes(status)
  if (!isPassing || final.includes(status)) throw new Undeliverable(text)
  throw new TryLater(text, retryAfterMs(response.headers.get('retry-after')))
}

/** What was answered, for people. The status has come, so a body that breaks off changes nothing. */
async function beginOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      size += chunk.byteLength
      // Leaving the loop ends the transfer.
      if (size >= ANSWER_LIMIT_BYTES) break
    }
  } catch {
    // What came of it is shown.
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, ANSWER_SHOWN)
    .toWellFormed()
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(waitMs) ? 0 : Math.min(MOST_PATIENCE_MS, Math.max(0, waitMs))
}

/** ENOTFOUND, ECONNREFUSED, ...; fetch wraps it. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  return error instanceof Error ? error.message : String(error)
}
