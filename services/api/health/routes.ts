/** Health of the parts, and of this process as its supervisor sees it. */
import { ErrorAnswer, Health } from '@shelfcast/contracts/api'
import type { Registry } from 'prom-client'
import { Type } from 'typebox'
import { fault } from '../http/errors.ts'
import { type App, named } from '../http/schemas.ts'
import type { Parts } from './parts.ts'

export function healthRoutes(
  app: App,
  options: { parts: Parts; registry: Registry; isReady: () => boolean },
) {
  app.get(
    '/api/v1/health',
    {
      schema: {
        summary: 'Every part with its state',
        tags: ['platform'],
        response: { 200: named(Health, 'the parts; also when some are unhealthy') },
      },
    },
    async () => {
      const parts = await options.parts()
      return { at: new Date().toISOString(), healthy: parts.every((part) => part.healthy), parts }
    },
  )

  const text = { produces: ['text/plain'], tags: ['process'] }
  app.get(
    '/healthz',
    { schema: { summary: 'This process is alive', ...text, response: { 200: Type.String() } } },
    async (_request, reply) => {
      reply.type('text/plain')
      return 'ok\n'
    },
  )
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'This process takes requests',
        ...text,
        response: { 200: Type.String(), 503: named(ErrorAnswer, 'starting or stopping') },
      },
    },
    async (_request, reply) => {
      if (!options.isReady()) {
        throw fault(503, 'not_ready', 'The API is starting or stopping. Ask again in a second.')
      }
      reply.type('text/plain')
      return 'ready\n'
    },
  )
  app.get(
    '/metrics',
    { schema: { summary: 'Metrics for Prometheus', ...text, response: { 200: Type.String() } } },
    async (_request, reply) => {
      reply.type(options.registry.contentType)
      return options.registry.metrics()
    },
  )
}
