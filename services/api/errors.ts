/** Errors as the API tells them: a code for programs, and a sentence that names the object, what was found and the fix. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** An error whose message is for the client. */
export interface Fault extends Error {
  statusCode: number
  code: string
}

export function fault(statusCode: number, code: string, message: string): Fault {
  return Object.assign(new Error(message), { statusCode, code })
}

/** What an error says, for errors of clients that wrap the cause (fetch, connection attempts to several addresses). */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name
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
  return reply.code(status).send({ error: (error.code ?? 'refused').toLowerCase(), message: error.message })
}

function validationMessage(error: FastifyError, request: FastifyRequest): string {
  const first = error.validation![0]!
  const missing = first.params.missingProperty
  if (typeof missing === 'string') return `Parameter "${missing}" is missing. See /docs for what it holds.`
  const given = givenAt(error, request, first.instancePath)
  const name = first.instancePath.slice(1)
  const subject = name === '' ? 'The body' : `Parameter "${name}"`
  return `${subject} is "${given}": it ${first.message}. See /docs for what it holds.`
}

/** What the request holds where the validator found fault, as text. */
function givenAt({ validationContext }: FastifyError, request: FastifyRequest, path: string): string {
  const { body, params, query, headers } = request
  let given: unknown = { body, params, querystring: query, headers }[validationContext ?? 'querystring']
  for (const name of path.split('/').slice(1)) given = (given as Record<string, unknown> | null)?.[name]
  return typeof given === 'object' ? JSON.stringify(given).slice(0, 100) : String(given)
}
