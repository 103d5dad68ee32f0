/** Errors as the API tells them: a code for programs, and a sentence that names the object, what was found and the fix. */
import { codeOf } from '@shelfcast/operational/client'
import { mustBe, type ValidationFault } from '@shelfcast/runtime/validation'
import { ClickHouseError } from '@shelfcast/warehouse/client'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** When what is away or busy may be asked again, in seconds: a restart of a store takes about as long. */
const RETRY_AFTER_S = 5
/** Characters of what was given that an error repeats. */
const SHOWN = 100

/** An error whose message is for the client. */
export interface Fault extends Error {
  statusCode: number
  code: string
  /** What else the answer tells, as the schema of the route has it. */
  more?: Record<string, unknown> | undefined
}

export function fault(
  statusCode: number,
  code: string,
  message: string,
  more?: Record<string, unknown>,
): Fault {
  return Object.assign(new Error(message), { statusCode, code, more })
}

/** What an error says, for errors of clients that wrap the cause (fetch, connection attempts to several addresses). */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name
}

// Codes of ClickHouse, by what a client of the API can do about them.
const WAREHOUSE = {
  busy: {
    // Too slow, too many questions at once, no memory left.
    codes: ['159', '160', '202', '203', '241', '252', '279', '394', '439', '745'],
    code: 'warehouse_busy',
    text: 'The warehouse has too much to do',
    fix: 'Ask again in some seconds; where it goes on, ask for less at a time.',
  },
  away: {
    // A socket that timed out or broke, a question that was aborted, a disk that is full, a password that is wrong.
    codes: ['209', '210', '236', '242', '243', '516'],
    code: 'warehouse_unavailable',
    text: 'The warehouse did not answer',
    fix: 'Start it, or see its log; then ask again.',
  },
  unprepared: {
    // An unknown table, an unknown database.
    codes: ['60', '81'],
    code: 'warehouse_not_migrated',
    text: 'The warehouse lacks a table',
    fix: 'Run services/warehouse/migrate.ts, then ask again.',
  },
} as const

/** An error of the warehouse's client as a client of the API reads it; one that is a mistake of ours stays as it is. */
export function warehouseError(error: unknown): unknown {
  // These are thrown by code, ours or the client's, before anything is asked.
  if (error instanceof TypeError || error instanceof RangeError) return error
  if (!(error instanceof ClickHouseError)) {
    const { code, text } = WAREHOUSE.away
    return fault(503, code, `${text}: ${reasonOf(error)}. Start it, then ask again.`)
  }
  for (const { codes, code, text, fix } of Object.values(WAREHOUSE)) {
    if ((codes as readonly string[]).includes(error.code)) {
      return fault(503, code, `${text}: ${error.message}. ${fix}`)
    }
  }
  return error
}

// SQLSTATE classes: lost connections, too few resources, an operator's stop, a fault of the system; and what two
// transactions do to each other. The rest are codes of the operating system and of the client.
const STORE_AWAY = /^(08|53|57|58|40|55P03|E[A-Z])/

/** The same of the operational store. */
export function operationalError(error: unknown): unknown {
  const isAway =
    error instanceof Error &&
    (STORE_AWAY.test(codeOf(error)) || /^(The operational store|Connection terminated)/.test(error.message))
  return isAway
    ? fault(
        503,
        'operational_unavailable',
        `The operational store did not answer: ${reasonOf(error)}. Start it, then ask again.`,
      )
    : error
}

export function answerError(error: FastifyError | Fault, request: FastifyRequest, reply: FastifyReply) {
  if ('validation' in error && error.validation) {
    return reply.code(400).send({ error: 'invalid_request', message: validationMessage(error, request) })
  }
  const status = error.statusCode ?? 500
  if (status === 500) {
    request.log.error({ err: error, url: request.url }, 'request failed')
    return reply.code(500).send({
      error: 'internal',
      message: `${request.method} ${request.routeOptions.url ?? 'request'} failed. The log of the API says why.`,
    })
  }
  if (status === 503 || status === 429) reply.header('retry-after', RETRY_AFTER_S)
  const more = 'more' in error ? error.more : undefined
  return reply
    .code(status)
    .send({ error: (error.code ?? 'refused').toLowerCase(), message: error.message, ...more })
}

const CONTEXTS = { params: 'Parameter', querystring: 'Parameter', headers: 'Header', body: 'Field' } as const

function validationMessage(error: FastifyError, request: FastifyRequest): string {
  const first = error.validation![0]! as ValidationFault & { instancePath: string; data?: unknown }
  const kind = CONTEXTS[(error.validationContext ?? 'querystring') as keyof typeof CONTEXTS]
  const path = first.instancePath.slice(1).replaceAll('/', '.')
  const nameOf = (name: unknown) => `${kind} "${path === '' ? '' : `${path}.`}${shown(name)}"`
  const { missingProperty, additionalProperty } = first.params
  if (typeof missingProperty === 'string') {
    return `${nameOf(missingProperty)} is missing. See /docs for what it holds.`
  }
  if (typeof additionalProperty === 'string') {
    const url = request.routeOptions.url ?? 'this route'
    return `${nameOf(additionalProperty)} is not known to ${url}. Leave it out, or see /docs for its right name.`
  }
  const subject = path === '' ? 'The body' : `${kind} "${shown(path)}"`
  return `${subject} is "${shown(first.data)}": it ${mustBe(first)}. See /docs for what it holds.`
}

/** What was given, so that a person sees it and a terminal does not obey it. */
function shown(given: unknown): string {
  const text = typeof given === 'string' ? given : (JSON.stringify(given) ?? String(given))
  return text
    .slice(0, SHOWN)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
