/** The director over HTTP, beside health and metrics. Whoever can reach it may look; only who has the token may act. */
import { createHash, timingSafeEqual } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { ErrorAnswer } from '@shelfcast/contracts/api'
import {
  DirectorState,
  HappeningPath,
  HappeningRequest,
  HappeningState,
  JumpRequest,
  OrderRequest,
  OrderState,
  PolicyRequest,
  SpeedRequest,
} from '@shelfcast/contracts/twin'
import { acceptJsonOnly, STRICT } from '@shelfcast/runtime/incoming'
import type { Logger } from '@shelfcast/runtime/log'
import { createPageGuard } from '@shelfcast/runtime/page-guard'
import { mustBe, type ValidationFault } from '@shelfcast/runtime/validation'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Registry } from 'prom-client'
import type { Director } from './director.ts'
import { type Fault, fault } from './fault.ts'

export interface DirectorServerOptions {
  log: Logger
  registry: Registry
  isReady(): boolean
  /** Undefined until the run stands on its stage. */
  director(): Director | undefined
  token: string
  /** By which it may be asked: see ownHosts of the guard. */
  ownHosts: readonly string[]
}

export async function buildDirectorServer(options: DirectorServerOptions) {
  const answerError = (error: FastifyError | Fault, request: FastifyRequest, reply: FastifyReply) => {
    if ('validation' in error && error.validation) {
      return reply.code(400).send({ error: 'invalid_request', message: validationMessage(error) })
    }
    const status = error.statusCode ?? 500
    if (status < 500) {
      return reply
        .code(status)
        .send({ error: (error.code ?? 'refused').toLowerCase(), message: error.message })
    }
    options.log.error({ err: error, url: request.url }, 'request failed')
    const message =
      status === 503
        ? error.message
        : `${request.method} ${request.url} failed, and nothing has changed. The log of the twin says why.`
    return reply.code(status).send({ error: status === 503 ? error.code : 'internal', message })
  }

  const app = fastify({
    ...STRICT,
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: answerError,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(answerError)
  acceptJsonOnly(app)

  const guard = createPageGuard(options.ownHosts, 'secret')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    const refusal = guard(request.raw)
    if (refusal) throw fault(refusal.status, refusal.code, refusal.message)
    if (request.method === 'GET' || request.method === 'HEAD') return
    if (!isToken(request.headers.authorization, options.token)) {
      reply.header('www-authenticate', 'Bearer')
      throw fault(
        401,
        'token_missing',
        'Directing needs the header "Authorization: Bearer TWIN_TOKEN". `npm run director` sends it by itself.',
      )
    }
  })

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Shelfcast twin: the director', version: '1', description: 'Times are UTC.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  })

  function direct(): Director {
    const director = options.director()
    if (director) return director
    throw fault(503, 'starting', 'The twin is starting. Ask again in some seconds.')
  }

  const refused = { 400: ErrorAnswer, 401: ErrorAnswer, 403: ErrorAnswer, 503: ErrorAnswer }
  const acts = { tags: ['director'], security: [{ token: [] }] }
  const answersState = { 200: DirectorState, ...refused }

  app.get(
    '/director',
    {
      schema: {
        summary: 'Store clock, happenings and orders',
        tags: ['director'],
        response: { 200: DirectorState, 503: ErrorAnswer },
      },
    },
    async () => direct().state(),
  )
  app.post(
    '/director/pause',
    { schema: { summary: 'Stops the store clock', ...acts, response: answersState } },
    async () => direct().pause(),
  )
  app.post(
    '/director/resume',
    { schema: { summary: 'Lets the store clock go on', ...acts, response: answersState } },
    async () => direct().resume(),
  )
  app.post(
    '/director/speed',
    { schema: { summary: 'How fast the stores live', ...acts, body: SpeedRequest, response: answersState } },
    async ({ body }) => direct().setSpeed(body.speed),
  )
  app.post(
    '/director/jump',
    {
      schema: {
        summary: 'Goes forward to a date',
        description:
          'What is left of today goes out at once; the days between are simulated in full and told to the sales ' +
          'history instead of as events; the stream goes on with the morning of the date. `jump` of the state tells ' +
          'how far it is.',
        ...acts,
        body: JumpRequest,
        response: { 202: DirectorState, 409: ErrorAnswer, ...refused },
      },
    },
    async ({ body }, reply) => reply.code(202).send(await direct().jump(body.date)),
  )
  app.post(
    '/director/happenings',
    {
      schema: {
        summary: 'Lets something happen from the next whole store hour on',
        ...acts,
        body: HappeningRequest,
        response: { 201: HappeningState, ...refused },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await direct().happen(body)),
  )
  app.delete(
    '/director/happenings/:id',
    {
      schema: {
        summary: 'Lets it end with the hour that runs',
        ...acts,
        params: HappeningPath,
        response: { 200: DirectorState, 404: ErrorAnswer, ...refused },
      },
    },
    async ({ params }) => direct().end(params.id),
  )
  app.post(
    '/director/orders',
    {
      schema: {
        summary: 'Posts a purchase order to the suppliers',
        description: '201 when it is new; 200 when the same order was posted before, which changes nothing.',
        ...acts,
        body: OrderRequest,
        response: { 200: OrderState, 201: OrderState, 409: ErrorAnswer, ...refused },
      },
    },
    async ({ body }, reply) => {
      const { order, isNew } = await direct().order(body)
      return reply.code(isNew ? 201 : 200).send(order)
    },
  )
  app.put(
    '/director/policy',
    {
      schema: {
        summary: 'Whether stores reorder by themselves',
        ...acts,
        body: PolicyRequest,
        response: answersState,
      },
    },
    async ({ body }) => direct().policy(body),
  )
  app.get('/director/openapi.json', { schema: { hide: true } }, async () => app.swagger())

  app.get('/healthz', { schema: { hide: true } }, async () => 'ok\n')
  app.get('/readyz', { schema: { hide: true } }, async (_, reply) =>
    reply.code(options.isReady() ? 200 : 503).send(options.isReady() ? 'ready\n' : 'not ready\n'),
  )
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply.type(options.registry.contentType).send(await options.registry.metrics()),
  )
  return app
}

/** Compares digests, so that the time that it takes tells nothing about the token. */
function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

function validationMessage(error: FastifyError): string {
  const first = error.validation![0]!
  const field = first.instancePath.slice(1).replaceAll('/', '.') || 'The body'
  const { additionalProperty, missingProperty } = first.params as Record<string, unknown>
  if (additionalProperty)
    return `${field} has "${String(additionalProperty)}", which is not known. Leave it out.`
  if (missingProperty) return `${field} lacks "${String(missingProperty)}". See /director/openapi.json.`
  return `${field} ${mustBe(first as ValidationFault)}. See /director/openapi.json.`
}
