/**
 * The embedded warehouse: one chDB data directory behind ClickHouse's HTTP protocol, so that everything that talks to
 * clickhouse-server talks to it unchanged. What differs from the server: README.md beside it.
 */
import './threads.ts'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLog } from '@shelfcast/runtime/log'
import { createPageGuard, ownHosts } from '@shelfcast/runtime/page-guard'
import { createService, refused } from '@shelfcast/runtime/service'
import { warehouse } from '../parts/warehouse.ts'
import { watchDiskRoom } from './disk-room.ts'
import { openEngine } from './engine.ts'
import { createGateway } from './gateway.ts'
import { ANALYST, createUsers } from './rights/users.ts'
import { MAX_QUERIES } from './threads.ts'
import { createPipes } from './wire/pipes.ts'

// As ClickHouse's http_max_uri_size: query parameters travel in the URL.
const MAX_URL_BYTES = 1_048_576
// Longer than the idle time of the clients' pools, so that they close first and never write into a closed socket.
const KEEP_ALIVE_MS = 90_000

const environment = readEnvironment(warehouse.environment)
const log = createLog('warehouse', environment.LOG_LEVEL)
const service = createService(log)

const folder = resolve(environment.WAREHOUSE_DATA_DIR)
mkdirSync(folder, { recursive: true, mode: 0o700 })
const endpoint = environment.S3_ENDPOINT.replace(/\/+$/, '')
const engine = await openEngine({
  folder,
  lake: {
    url: `${endpoint}/${environment.S3_BUCKET_RAW}/`,
    curatedUrl: `${endpoint}/${environment.S3_BUCKET_CURATED}/`,
    featuresUrl: `${endpoint}/${environment.S3_BUCKET_FEATURES}/`,
    accessKey: environment.S3_ACCESS_KEY,
    secretKey: environment.S3_SECRET_KEY,
  },
  log,
})
service.onStop('engine', () => engine.close())
const diskRoom = await watchDiskRoom(folder, engine, log)
service.onStop('disk room', () => diskRoom.close())

const analystPassword = environment.WAREHOUSE_ANALYST_PASSWORD
const gateway = createGateway({
  engine,
  diskRoom,
  pipes: createPipes(join(folder, 'pipes'), MAX_QUERIES),
  users: createUsers([
    { name: environment.CLICKHOUSE_USER, role: 'service', password: environment.CLICKHOUSE_PASSWORD },
    ...(analystPassword ? [{ name: ANALYST, role: 'analyst' as const, password: analystPassword }] : []),
  ]),
  registry: service.registry,
  log,
})

// SQL travels as text, and the password comes with it.
const guard = createPageGuard(ownHosts(environment), 'secret')
const server = createServer(
  { maxHeaderSize: MAX_URL_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 },
  async (request, response) => {
    if (refused(guard, request, response)) return
    const url = URL.parse(request.url ?? '/', 'http://warehouse')
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!url) response.writeHead(400).end(`"${request.url}" is not a URL. Send queries to /\n`)
    else if (url.pathname === '/ping' || url.pathname === '/replicas_status') response.end('Ok.\n')
    else if (url.pathname === '/healthz') response.end('ok\n')
    else if (url.pathname === '/readyz')
      response.writeHead(service.isReady() ? 200 : 503).end(service.isReady() ? 'ready\n' : 'not ready\n')
    else if (url.pathname === '/metrics')
      response
        .writeHead(200, { 'content-type': service.registry.contentType })
        .end(await service.registry.metrics())
    else if (url.pathname !== '/')
      response.writeHead(404).end(`There is no ${url.pathname}. Send queries to /\n`)
    else if (reads && !url.searchParams.has('query')) response.end('Ok.\n')
    else await gateway.handle(request, response, url.searchParams)
  },
)
service.onStop('queries', () => gateway.stop())
service.onStop('listener', () => {
  server.close()
  server.closeIdleConnections()
})
await new Promise<void>((listening, failed) => {
  server.once('error', failed)
  server.listen(environment.WAREHOUSE_PORT, environment.BIND_HOST, listening)
})
log.info(
  { host: environment.BIND_HOST, port: environment.WAREHOUSE_PORT, version: engine.version, data: folder },
  'warehouse listens',
)
service.ready()
