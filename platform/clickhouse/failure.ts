/** Errors as ClickHouse reports them: a code, a message that names it, and an HTTP status. */

/** Codes that the server itself raises; the engine raises many more. */
export const CODE = {
  syntaxError: 62,
  unknownFormat: 73,
  unknownDatabase: 81,
  unknownSetting: 115,
  incorrectData: 117,
  timeoutExceeded: 159,
  readonly: 164,
  tooManySimultaneousQueries: 202,
  sameQueryIdRunning: 216,
  sessionNotFound: 372,
  sessionLocked: 373,
  cannotDecompress: 271,
  checksumDoesNotMatch: 40,
  notEnoughSpace: 243,
  queryCancelled: 394,
  settingConstraint: 452,
  accessDenied: 497,
  authenticationFailed: 516,
  badRequest: 36,
  notImplemented: 48,
  tooLarge: 307,
} as const

const LABELS: Record<number, string> = {
  [CODE.syntaxError]: 'SYNTAX_ERROR',
  [CODE.unknownDatabase]: 'UNKNOWN_DATABASE',
  [CODE.unknownSetting]: 'UNKNOWN_SETTING',
  [CODE.incorrectData]: 'INCORRECT_DATA',
  [CODE.readonly]: 'READONLY',
  [CODE.tooManySimultaneousQueries]: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  [CODE.sameQueryIdRunning]: 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
  [CODE.timeoutExceeded]: 'TIMEOUT_EXCEEDED',
  [CODE.sessionNotFound]: 'SESSION_NOT_FOUND',
  [CODE.sessionLocked]: 'SESSION_IS_LOCKED',
  [CODE.cannotDecompress]: 'CANNOT_DECOMPRESS',
  [CODE.checksumDoesNotMatch]: 'CHECKSUM_DOESNT_MATCH',
  [CODE.notEnoughSpace]: 'NOT_ENOUGH_SPACE',
  [CODE.queryCancelled]: 'QUERY_WAS_CANCELLED',
  [CODE.settingConstraint]: 'SETTING_CONSTRAINT_VIOLATION',
  [CODE.accessDenied]: 'ACCESS_DENIED',
  [CODE.authenticationFailed]: 'AUTHENTICATION_FAILED',
  [CODE.badRequest]: 'BAD_ARGUMENTS',
  [CODE.notImplemented]: 'NOT_IMPLEMENTED',
  [CODE.tooLarge]: 'TOO_MANY_BYTES',
}

/** Statuses as ClickHouse's HTTP interface gives them; every other code is 500. */
const STATUS: Record<number, number> = {
  6: 400, // CANNOT_PARSE_TEXT
  26: 400, // CANNOT_PARSE_QUOTED_STRING
  27: 400, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  36: 400,
  38: 400, // CANNOT_PARSE_DATE
  41: 400, // CANNOT_PARSE_DATETIME
  43: 400, // ILLEGAL_TYPE_OF_ARGUMENT
  46: 404, // UNKNOWN_FUNCTION
  47: 404, // UNKNOWN_IDENTIFIER
  48: 501,
  50: 404, // UNKNOWN_TYPE
  53: 400, // TYPE_MISMATCH
  60: 404, // UNKNOWN_TABLE
  62: 400,
  72: 400, // CANNOT_PARSE_NUMBER
  73: 404, // UNKNOWN_FORMAT
  81: 404,
  115: 404,
  158: 413, // TOO_MANY_ROWS
  159: 408, // TIMEOUT_EXCEEDED
  202: 503,
  307: 413,
  372: 404,
  396: 413, // TOO_MANY_ROWS_OR_BYTES
  456: 400, // UNKNOWN_QUERY_PARAMETER
  457: 400, // BAD_QUERY_PARAMETER
  497: 403,
  516: 403,
}

export class Failure extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }

  get status(): number {
    return STATUS[this.code] ?? 500
  }

  /** One line as ClickHouse writes it: clients read code and name out of it. */
  text(version: string): string {
    const label = LABELS[this.code]
    const named = /\([A-Z][A-Z0-9_]+\)$/.test(this.message) || !label ? '' : ` (${label})`
    return `Code: ${this.code}. DB::Exception: ${this.message}${named} (version ${version} (embedded))`
  }
}

const ENGINE_PREFIX = /^(?:Code: (\d+)\. DB::Exception: )+/
const ENGINE_VERSION = / \(version [^)]*\)\.? ?(?:\([A-Z0-9_]+\))?/g

/** What the engine threw as a Failure, whose message carries the name of the error once. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  const prefix = ENGINE_PREFIX.exec(message)
  // 1001: an exception that is not one of ClickHouse's own.
  if (!prefix) return new Failure(1001, message)
  return new Failure(
    Number(prefix[1]),
    message
      .slice(prefix[0].length)
      .replace(ENGINE_VERSION, '')
      .replace(/[.\s]+$/, ''),
  )
}
