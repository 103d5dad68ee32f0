/**
 * The operational store without Docker: PGlite behind PostgreSQL's protocol, so that everything that talks to a
 * PostgreSQL server talks to it unchanged. What differs: embedded/gateway.ts.
 */
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  OperationalEnvironment,
  port,
  readEnvironment,
  ServiceEnvironment,
} from '@shelfcast/runtime/environment'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { startService } from '@shelfcast/runtime/service'
import { Type } from 'typebox'
import { createGateway } from './embedded/gateway.ts'
import { DATABASE, openStore } from './embedded/store.ts'

// The password travels as it is, so it never leaves the machine.
const HOST = '127.0.0.1'
const TIDY_EVERY_MS = 300_000

const environment = readEnvironment(
  Type.Object({
    ...ServiceEnvironment.properties,
    ...OperationalEnvironment.properties,
    OPERATIONAL_PORT: port(5432),
    OPERATIONAL_HEALTH_PORT: port(8085),
    OPERATIONAL_DATA_DIR: Type.String({
      minLength: 1,
      description: 'created when missing; one process at a time',
    }),
    OPERATIONAL_IDLE_LIMIT_MS: Type.Integer({
      minimum: 100,
      default: 30_000,
      description: 'how long a transaction may stand still: everybody else waits for it',
    }),
  }),
)
const log = createLog('operational', environment.LOG_LEVEL)
const service = await startService({
  log,
  host: environment.BIND_HOST,
  ownHosts: ownHosts(environment),
  port: environment.OPERATIONAL_HEALTH_PORT,
})
const gateway = createGateway({
  user: 'shelfcast',
  password: environment.OPERATIONAL_PASSWORD,
  database: DATABASE,
  idleLimitMs: environment.OPERATIONAL_IDLE_LIMIT_MS,
  registry: service.registry,
  log,
})
// Before the data is opened: a second process on the same port ends here, and has touched nothing.
await new Promise<void>((listening, failed) => {
  gateway.server.once('error', failed)
  gateway.server.listen(environment.OPERATIONAL_PORT, HOST, listening)
})

const folder = resolve(environment.OPERATIONAL_DATA_DIR)
mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
const store = await openStore(folder)
service.onStop('database', () => store.close())
gateway.serve(store)
service.onStop('connections', () => gateway.stop())

setInterval(() => {
  if (gateway.wasUsed())
    gateway.alone((opened) => opened.tidy()).catch((error) => log.error({ err: error }, 'tidying up failed'))
}, TIDY_EVERY_MS).unref()

log.info(
  {
    host: HOST,
    port: environment.OPERATIONAL_PORT,
    version: store.settings.get('server_version'),
    data: folder,
  },
  'operational store listens',
)
service.ready()
