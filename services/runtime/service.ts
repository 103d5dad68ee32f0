/** What every service process has: health, readiness, metrics, and a clean stop. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Logger } from './log.ts'
import { createPageGuard, type PageGuard } from './page-guard.ts'

export interface Service {
  /** Metrics of the process; add your own. */
  registry: Registry
  /** Until it is called, /readyz answers 503. */
  ready(): void
  /** Registers what to do on a stop; steps run in reverse order of registration. */
  onStop(name: string, step: () => Promise<unknown> | unknown): void
  /** Runs the steps once and exits the process: 0, or 1 after a fault. */
  stop(fault?: unknown): Promise<void>
}

// Past this the supervisor kills the process; the crash path loses nothing, it only takes longer to come back.
const STOP_LIMIT_MS = 15_000

/** Health, metrics and stop, without an HTTP server: for a service that serves HTTP itself. */
export function createService(log: Logger): Service & { isReady(): boolean } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const steps: { name: string; step: () => Promise<unknown> | unknown }[] = []
  let isReady = false
  let stopping = false

  const service = {
    registry,
    isReady: () => isReady && !stopping,
    ready: () => {
      isReady = true
      log.info('ready')
    },
    onStop: (name: string, step: () => Promise<unknown> | unknown) => void steps.push({ name, step }),
    async stop(fault?: unknown) {
      if (stopping) return
      stopping = true
      if (fault !== undefined) log.fatal({ err: fault }, 'stopping after a fault')
      else log.info('stopping')
      setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
      for (const { name, step } of steps.reverse()) {
        try {
          await step()
        } catch (error) {
          log.error({ err: error, step: name }, 'a step of the stop failed')
        }
      }
      process.exit(fault === undefined ? 0 : 1)
    },
  }
  process.once('SIGTERM', () => void service.stop())
  process.once('SIGINT', () => void service.stop())
  process.once('uncaughtException', (error) => void service.stop(error))
  process.once('unhandledRejection', (reason) => void service.stop(reason))
  return service
}

/** Refuses what the guard refuses. @returns true when it did, and the request is answered */
export function refused(guard: PageGuard, request: IncomingMessage, response: ServerResponse): boolean {
  const refusal = guard(request)
  if (!refusal) return false
  const { status, code, message } = refusal
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ error: code, message }))
  return true
}

interface HealthOptions {
  log: Logger
  host: string
  port: number
  /** Answers what else the service is asked; false when it is not a question of its. */
  answer?(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

/** A service with /healthz, /readyz and /metrics on a port of their own. */
export async function startService(
  options: HealthOptions & {
    /** By which it may be asked: see ownHosts. */
    ownHosts: readonly string[]
  },
): Promise<Service> {
  const service = createService(options.log)
  const server = await openServer({
    ...options,
    guard: createPageGuard(options.ownHosts, 'json'),
    async answer(request, response) {
      if (request.url === '/healthz') response.writeHead(200).end('ok\n')
      else if (request.url === '/readyz')
        response.writeHead(service.isReady() ? 200 : 503).end(service.isReady() ? 'ready\n' : 'not ready\n')
      else if (request.url === '/metrics') {
        response
          .writeHead(200, { 'content-type': service.registry.contentType })
          .end(await service.registry.metrics())
      } else return (await options.answer?.(request, response)) ?? false
      return true
    },
  })
  const { port } = server.address() as AddressInfo
  options.log.debug({ port }, 'health endpoint open')
  service.onStop('health endpoint', () => new Promise((resolve) => server.close(resolve)))
  return service
}

/** An HTTP server that answers what the guard lets in. */
export async function openServer({
  log,
  host,
  port,
  guard,
  answer,
}: Required<HealthOptions> & { guard: PageGuard }): Promise<Server> {
  const server = createServer((request, response) => {
    if (refused(guard, request, response)) return
    answer(request, response).then(
      (isAnswered) => void (isAnswered || response.writeHead(404).end()),
      (error) => {
        log.error({ err: error }, 'health endpoint failed')
        if (!response.headersSent) response.writeHead(500)
        response.end()
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}
