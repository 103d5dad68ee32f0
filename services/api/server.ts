/** The API as a Fastify app: listens when told to, and answers `inject` before that. */
import compress from '@fastify/compress'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import type { OrderChannel } from '@shelfcast/contracts/orders'
import type { SparkJob } from '@shelfcast/contracts/spark-jobs'
import type { Operational } from '@shelfcast/operational/client'
import { createOverrides } from '@shelfcast/operational/overrides'
import { acceptJsonOnly, STRICT } from '@shelfcast/runtime/incoming'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { Histogram, type Registry } from 'prom-client'
import { createLatestBaskets } from './baskets/latest.ts'
import { basketRoutes } from './baskets/routes.ts'
import { dashboardRoutes } from './dashboard/routes.ts'
import { createReplay } from './dead-letters/replays.ts'
import { deadLetterRoutes } from './dead-letters/routes.ts'
import type { Sender } from './dead-letters/sender.ts'
import { erpRoutes } from './erp/routes.ts'
import { createInference } from './forecasts/inference.ts'
import { forecastRoutes } from './forecasts/routes.ts'
import { createParts, type Probe } from './health/parts.ts'
import { healthRoutes } from './health/routes.ts'
import { answerError } from './http/errors.ts'
import { readNumbers } from './http/numbers.ts'
import { type App, NAMED_SCHEMAS } from './http/schemas.ts'
import { guard } from './http/security.ts'
import { liveRoutes } from './live/routes.ts'
import { createLive } from './live/state.ts'
import { lotRoutes } from './lots/routes.ts'
import { modelRoutes } from './models/routes.ts'
import { createModels } from './models/state.ts'
import { orderRoutes } from './orders/routes.ts'
import { overrideRoutes } from './overrides/routes.ts'
import type { Broker } from './pipeline/broker.ts'
import { createLatency } from './pipeline/latency.ts'
import { pipelineRoutes } from './pipeline/routes.ts'
import { createPipeline } from './pipeline/state.ts'
import { planningRoutes } from './planning/routes.ts'
import { bounded } from './read/bounded.ts'
import { createReader, createRowStream } from './read/reader.ts'
import { createStores } from './read/stores.ts'
import type { ReadObject } from './receipts/objects.ts'
import { createReceipts } from './receipts/receipt.ts'
import { receiptRoutes } from './receipts/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { salesRoutes } from './sales/routes.ts'
import { scenarioRoutes } from './scenarios/routes.ts'
import { streamRoutes } from './stream/routes.ts'
import { twinRoutes } from './twin/routes.ts'
import { createTwin } from './twin/state.ts'

export interface ServerOptions {
  log: Logger
  registry: Registry
  isReady: () => boolean
  warehouse: Warehouse
  operational: Operational
  broker: Broker
  /** Looks at objects of the lake. */
  readObject: ReadObject
  /** Sends dead letters again. */
  sender: Sender
  /** By name of the part, as in components.json. */
  probes: Record<string, Probe>
  /** What the Spark jobs tell of themselves. */
  sparkJobs: () => Promise<SparkJob[]>
  /** The twin's director; empty when there is no twin. */
  twinUrl: string
  /** Scores; empty when there is none. */
  inferenceUrl: string
  /** Signs what an ERP tells. */
  erpSecret: string
  /** By which what is approved is sent. */
  orderChannel: OrderChannel
  /** By which it may be asked: see ownHosts of the guard. */
  ownHosts: readonly string[]
  dashboardDir: string
}

// The largest client message is a WebSocket control frame; a route that takes a body says how large it may be.
const MESSAGE_LIMIT_BYTES = 1_024
/** A broker that is away is found out after many attempts; a receipt says what it knows without. */
const BROKER_LIMIT_MS = 1_000

export async function buildServer(options: ServerOptions): Promise<App> {
  const { log, registry } = options
  const app: App = fastify({
    ...STRICT,
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MESSAGE_LIMIT_BYTES,
    frameworkErrors: answerError,
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setErrorHandler(answerError)
  acceptJsonOnly(app)
  readNumbers(app)
  // Before the guard: it ends the connection of a handshake that a later hook refuses.
  await app.register(websocket, { options: { maxPayload: MESSAGE_LIMIT_BYTES } })
  guard(app, options.ownHosts)
  measure(app, registry)
  for (const schema of NAMED_SCHEMAS) app.addSchema(schema)
  await app.register(compress, { threshold: 1_024 })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Shelfcast API', version: '1', description: 'Times are UTC, amounts minor units.' },
    },
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Shelfcast API' },
    // Without the bar at the top, whose inline style the content security policy would block.
    uiConfig: { layout: 'BaseLayout' },
  })

  const read = createReader(options.warehouse)
  const parts = createParts(options.probes, log)
  const latency = createLatency(read)
  const stores = createStores(read)
  const latestBaskets = createLatestBaskets(read, stores)
  const pipeline = createPipeline({ ...options, read, parts, latency })
  const live = createLive({ read, stores, latestBaskets, latency })
  const models = createModels({ read, operational: options.operational })
  const twin = createTwin({ url: options.twinUrl })

  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
  })
  healthRoutes(app, { parts, registry, isReady: options.isReady })
  pipelineRoutes(app, { pipeline })
  liveRoutes(app, { live })
  twinRoutes(app, { twin })
  salesRoutes(app, { read })
  basketRoutes(app, { latestBaskets })
  deadLetterRoutes(app, {
    read,
    replay: createReplay({ read, warehouse: options.warehouse, sender: options.sender, log }),
    log,
  })
  const inference = createInference(options.inferenceUrl)
  scenarioRoutes(app, { read, inference, operational: options.operational })
  forecastRoutes(app, {
    read,
    stores,
    coverageOf: models.coverageOf,
    stream: createRowStream(options.warehouse),
    inference,
    overrides: createOverrides(options.operational),
  })
  modelRoutes(app, { models, operational: options.operational })
  planningRoutes(app, { read, operational: options.operational })
  overrideRoutes(app, { read, operational: options.operational })
  lotRoutes(app, { read })
  receiptRoutes(app, {
    receipt: createReceipts({ ...options, read, ranges: bounded(BROKER_LIMIT_MS, options.broker.ranges) }),
  })
  orderRoutes(app, { read, operational: options.operational, channel: options.orderChannel })
  runRoutes(app, { operational: options.operational })
  erpRoutes(app, { operational: options.operational, secret: options.erpSecret })
  streamRoutes(app, { live, pipeline, twin, models, registry, log })
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await dashboardRoutes(app, options.dashboardDir)
  return app
}

function measure(app: App, registry: Registry) {
  const seconds = new Histogram({
    name: 'http_request_seconds',
    help: 'time to answer, by route',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    seconds.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1_000,
    )
  })
}
