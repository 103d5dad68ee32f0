/** A service on the internet, asked politely: bounded in time and size, tried again where that can help. */
import { setTimeout as delay } from 'node:timers/promises'
import pRetry from 'p-retry'
import manifest from '../package.json' with { type: 'json' }

export interface Answer {
  body: Buffer
  etag: string | undefined
}

export interface HttpSource {
  /** Host as people know it, with the port where it is not the usual one. */
  host: string
  urlOf(path: string, query: Record<string, string>): URL
  /**
   * Asks for a document.
   * @param etag of the answer that is there already
   * @returns undefined when that answer still holds
   * @throws SourceError
   */
  get(url: URL, options: { signal: AbortSignal; etag?: string | undefined }): Promise<Answer | undefined>
}

/**
 * Why there is no answer.
 * - unreachable: no connection, or it broke, or it was too slow
 * - overloaded: asked for patience (429) or failed inside (5xx), each time
 * - declined: does not have what was asked for, and says so (4xx, or a redirect)
 * - too_large: more than the limit
 */
export type SourceErrorKind = 'unreachable' | 'overloaded' | 'declined' | 'too_large'

export class SourceError extends Error {
  readonly kind: SourceErrorKind
  /** Milliseconds that the service asked to wait. */
  readonly retryAfterMs: number
  constructor(kind: SourceErrorKind, message: string, retryAfterMs = 0) {
    super(message)
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }
}

const USER_AGENT = `shelfcast/${manifest.version}`
const DEFAULTS = {
  /** One attempt, body included. */
  timeoutMs: 15_000,
  /** The largest documented answer, a year of days, is about 30 KB. */
  maxBytes: 4 * 1024 * 1024,
  retries: 3,
  /** Wait before the first retry; doubled each time, and times 1 to 2 by chance, so that installations spread out. */
  firstRetryMs: 1_000,
  /** Who asks for more patience than this is asked again by the next run instead. */
  maxWaitMs: 60_000,
  /** Between two requests, for services that count them. */
  pauseMs: 0,
}
export type SourceLimits = typeof DEFAULTS

export function createHttpSource(baseUrl: URL, limits: Partial<SourceLimits> = {}): HttpSource {
  const { timeoutMs, maxBytes, retries, firstRetryMs, maxWaitMs, pauseMs } = { ...DEFAULTS, ...limits }
  let hasAsked = false

  async function attempt(url: URL, etag: string | undefined, signal: AbortSignal) {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(url, {
        // A redirect could lead to an address that was not agreed to.
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
        headers: {
          accept: 'application/json',
          'user-agent': USER_AGENT,
          ...(etag === undefined ? {} : { 'if-none-match': etag }),
        },
      })
      if (response.status === 304 && etag !== undefined) {
        await response.body?.cancel()
        return undefined
      }
      const body = await readBody(response)
      if (response.status === 200) return { body, etag: response.headers.get('etag') ?? undefined }
      throw failureOf(response, body)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof SourceError) throw error
      const how = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : codeOf(error)
      throw new SourceError('unreachable', how)
    }
  }

  async function readBody(response: Response): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength
      // Leaving the loop ends the transfer.
      if (size > maxBytes) throw new SourceError('too_large', `answered more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  return {
    host: baseUrl.host,
    urlOf(path, query) {
      const url = new URL(`${baseUrl.pathname.replace(/\/$/, '')}${path}`, baseUrl)
      url.search = new URLSearchParams(query).toString()
      return url
    },
    async get(url, { signal, etag }) {
      if (hasAsked) await delay(pauseMs, undefined, { signal })
      hasAsked = true
      return pRetry(() => attempt(url, etag, signal), {
        retries,
        minTimeout: firstRetryMs,
        randomize: true,
        signal,
        shouldRetry: ({ error }) => helpsAgain(error),
        async onFailedAttempt({ error, retriesLeft, retryDelay }) {
          if (retriesLeft === 0 || !helpsAgain(error)) return
          await delay(Math.max(0, error.retryAfterMs - retryDelay), undefined, { signal })
        },
      })
    },
  }

  function helpsAgain(error: Error): error is SourceError {
    if (!(error instanceof SourceError)) return false
    const passes = error.kind === 'unreachable' || error.kind === 'overloaded'
    return passes && error.retryAfterMs <= maxWaitMs
  }
}

function failureOf(response: Response, body: Buffer): SourceError {
  const { status } = response
  const sentence = sentenceOf(body)
  const text = sentence === '' ? `answered ${status}` : `answered ${status}: ${sentence}`
  if (status === 429 || status >= 500) {
    return new SourceError('overloaded', text, retryAfterMs(response.headers.get('retry-after')))
  }
  const location = response.headers.get('location')
  return new SourceError('declined', location ? `answered ${status}: it has moved to ${location}` : text)
}

/** What a service says went wrong: `reason` of Open-Meteo, `title` of RFC 9457, or the beginning of the text. */
function sentenceOf(body: Buffer): string {
  const text = body.toString('utf8').trim()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) {
      if ('reason' in value && typeof value.reason === 'string') return value.reason
      if ('title' in value && typeof value.title === 'string') return value.title
    }
  } catch {
    // Not JSON: a page of a proxy, perhaps.
  }
  return text.replace(/\s+/g, ' ').slice(0, 200)
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(waitMs) ? 0 : Math.max(0, waitMs)
}

/** ENOTFOUND, ECONNREFUSED, ...; fetch wraps it, several times where a host has several addresses. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  return error instanceof Error ? error.message : String(error)
}
