/** The service as a Fastify app: listens when told to, and answers `inject` before that. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { ErrorAnswer } from '@shelfcast/contracts/api'
import {
  CurrentModels,
  ForecastQuestion,
  SeriesForecast,
  WhatIfAnswer,
  WhatIfQuestion,
} from '@shelfcast/contracts/inference'
import { RescoreAnswer, RescoreQuestion } from '@shelfcast/contracts/rescoring'
import { acceptJsonOnly, STRICT } from '@shelfcast/runtime/incoming'
import type { Logger } from '@shelfcast/runtime/log'
import { createPageGuard } from '@shelfcast/runtime/page-guard'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Follower } from '../model/follower.ts'
import { messageOf, type Serving, withoutModel } from '../model/serving.ts'
import { type Answerable, answerable, currentModels, forecastSeries } from './answers.ts'
import { answerError, fault, isFault } from './errors.ts'
import { rescore } from './rescore.ts'
import { whatIf } from './what-if.ts'

export interface ServerOptions {
  log: Logger
  registry: Registry
  isReady: () => boolean
  /** By which it may be asked: see ownHosts of the guard. */
  ownHosts: readonly string[]
  follower: Follower
}

/** The largest question names a store, a category and 28 festival days. */
const BODY_LIMIT_BYTES = 4_096
/** Scenarios name the stores of their regions. */
const SCENARIOS_LIMIT_BYTES = 4_194_304
const REFUSALS = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }

export type App = ReturnType<typeof buildServer>

export function buildServer(options: ServerOptions) {
  const { log, registry, follower } = options
  const app = fastify({
    ...STRICT,
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    frameworkErrors: answerError,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(answerError)
  acceptJsonOnly(app)
  const guard = createPageGuard(options.ownHosts, 'json')
  app.addHook('onRequest', async (request) => {
    const refusal = guard(request.raw)
    if (refusal) throw fault(refusal.status, refusal.code, refusal.message)
  })
  const metrics = createMetrics(registry, follower)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.seconds.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000)
  })
  /** A model that fails at its work is not trusted with it: what would serve without it answers. */
  const answered = <T>(log: FastifyBaseLogger, answer: (serving: Answerable) => Promise<T>): Promise<T> =>
    follower.use(async (current) => {
      let serving: Serving | undefined = current
      for (;;) {
        const usable = answerable(serving, follower.trouble())
        try {
          return await answer(usable)
        } catch (error) {
          serving = isFault(error) ? undefined : withoutModel(usable, error)
          if (!serving) throw error
          log.error({ err: error }, 'a model failed at its work, so another answers')
        }
      }
    })

  app.get(
    '/v1/forecast',
    { schema: { querystring: ForecastQuestion, response: { 200: SeriesForecast, ...REFUSALS } } },
    async ({ query, log }) => {
      const answer = await answered(log, (serving) => forecastSeries(serving, query))
      metrics.served.inc({ by: answer.served_by })
      return answer
    },
  )
  app.post(
    '/v1/what-if',
    { schema: { body: WhatIfQuestion, response: { 200: WhatIfAnswer, ...REFUSALS } } },
    ({ body, log }) => answered(log, (serving) => whatIf(serving, body)),
  )
  app.post(
    '/v1/scenarios',
    {
      schema: { body: RescoreQuestion, response: { 200: RescoreAnswer, ...REFUSALS } },
      bodyLimit: SCENARIOS_LIMIT_BYTES,
    },
    ({ body, log }, reply) => {
      const asker = new AbortController()
      // Also at the end of an answer, when nothing is left to stop.
      reply.raw.on('close', () => asker.abort(fault(499, 'asker_gone', 'Nobody waits for the answer.')))
      return answered(log, (serving) => rescore(serving, body, asker.signal))
    },
  )
  app.get('/v1/models/current', { schema: { response: { 200: CurrentModels } } }, () =>
    follower.use((serving) => currentModels(serving, follower.swaps())),
  )
  app.post('/refresh', { schema: { response: { 200: CurrentModels, ...REFUSALS } } }, async () => {
    try {
      await follower.refresh(true)
    } catch (error) {
      throw fault(
        503,
        'not_refreshed',
        `Registry or features did not answer: ${messageOf(error)}. What served goes on; start them, then ask again.`,
      )
    }
    return follower.use((serving) => currentModels(serving, follower.swaps()))
  })

  app.get('/healthz', async (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', async (_request, reply) => {
    if (!options.isReady())
      throw fault(503, 'not_ready', 'Inference is starting or stopping. Ask again in a second.')
    return reply.type('text/plain').send('ready\n')
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  return app
}

function createMetrics(registry: Registry, follower: Follower) {
  const registers = [registry]
  new Gauge({
    name: 'inference_champion_swaps',
    help: 'how often another champion took over',
    registers,
    collect() {
      this.set(follower.swaps())
    },
  })
  new Gauge({
    name: 'inference_series',
    help: 'series that can be forecast',
    registers,
    collect() {
      this.set(follower.current()?.features?.series.size ?? 0)
    },
  })
  return {
    served: new Counter({
      name: 'inference_forecasts_total',
      help: 'forecasts of a series, by who made them',
      labelNames: ['by'] as const,
      registers,
    }),
    seconds: new Histogram({
      name: 'http_request_seconds',
      help: 'time to answer, by route',
      labelNames: ['route', 'status'] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
  }
}
