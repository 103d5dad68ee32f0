/** Which failures say that a part is away, and which of those say that it never heard of the request. */

/** Nothing was taken: the connection was refused, or the part says that it does not take anything now. */
const NOT_TAKEN = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  // The name of a container that is not up.
  'ENOTFOUND',
  'EAI_AGAIN',
  // PostgreSQL: starting or stopping.
  '57P03',
  // ClickHouse: too many queries, and what the embedded one says while it starts and stops.
  '202',
])

/** The connection broke; nobody knows how far the request had come. */
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  // PostgreSQL: ended by a stop.
  '57P01',
])
const BROKEN_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSBrokerNotFound',
  'KafkaJSRequestTimeoutError',
  'KafkaJSNumberOfRetriesExceeded',
])
const BROKEN_TEXTS =
  /socket hang up|other side closed|^terminated$|^aborted$|^Connection terminated|Retryable HTTP status: 50[234]|has said nothing for/

/** What a part answers that is not ready. */
const AWAY_STATUS = new Set([502, 503])

/** The part of ours that answered is not ready; it has done nothing. */
export class NotReady extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** `no`: another failure. `not taken`: may be asked again whatever it was. `broken`: only what may be done twice. */
export type Absence = 'no' | 'not taken' | 'broken'

export function absenceOf(error: unknown): Absence {
  const failures = [...chainOf(error)]
  const codes = failures.map(({ code }) => String(code ?? ''))
  // What failed before a connection was there has it as its cause.
  if (failures.some((each) => each instanceof NotReady && AWAY_STATUS.has(each.status))) return 'not taken'
  if (codes.some((code) => NOT_TAKEN.has(code))) return 'not taken'
  if (codes.some((code) => BROKEN.has(code))) return 'broken'
  const isBroken = failures.some(({ name, message }) => BROKEN_NAMES.has(name) || BROKEN_TEXTS.test(message))
  return isBroken ? 'broken' : 'no'
}

/** ClickHouse's S3_ERROR for a store that does not answer it. */
export function isLakeAwayFrom(error: unknown): boolean {
  return [...chainOf(error)].some(
    ({ code, message }) =>
      String(code) === '499' &&
      /Connection refused|Connection reset|No message received|Timeout/i.test(message),
  )
}

type Failure = Error & { code?: unknown }

/** The error, its causes, and those that it stands for. */
function* chainOf(error: unknown, depth = 0): Generator<Failure> {
  if (!(error instanceof Error) || depth > 5) return
  yield error
  yield* chainOf(error.cause, depth + 1)
  if (error instanceof AggregateError) for (const cause of error.errors) yield* chainOf(cause, depth + 1)
  if ('originalError' in error) yield* chainOf(error.originalError, depth + 1)
}
