/** Errors as the service tells them: a code for programs, and a sentence with the object, what was found and the fix. */
import { mustBe, type ValidationFault } from '@shelfcast/runtime/validation'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

export interface Fault extends Error {
  statusCode: number
  code: string
}

/** An error whose message is for the client. */
export function fault(statusCode: number, code: string, message: string): Fault {
  return Object.assign(new Error(message), { statusCode, code })
}

/** An answer to the client, not a failure. */
export function isFault(error: unknown): error is Fault {
  return error instanceof Error && 'statusCode' in error
}

export function answerError(error: FastifyError | Fault, request: FastifyRequest, reply: FastifyReply) {
  if ('validation' in error && error.validation)
    return reply
      .code(400)
      .send({ error: 'invalid_request', message: `${validationMessage(error)}. Correct the request.` })
  const status = error.statusCode ?? 500
  if (status < 500 || status === 503)
    return reply.code(status).send({ error: (error.code ?? 'refused').toLowerCase(), message: error.message })
  request.log.error({ err: error, url: request.url }, 'request failed')
  const route = `${request.method} ${request.routeOptions.url ?? 'request'}`
  return reply
    .code(500)
    .send({ error: 'internal', message: `${route} failed. The log of inference says why.` })
}

function validationMessage(error: FastifyError): string {
  const first = error.validation![0]! as ValidationFault & { instancePath: string }
  const field = `${error.validationContext ?? 'request'}${first.instancePath}`
  const { additionalProperty } = first.params
  return additionalProperty === undefined
    ? `${field} ${mustBe(first)}`
    : `${field} has "${String(additionalProperty).slice(0, 100)}", which is not known`
}
