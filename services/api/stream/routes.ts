/** The WebSocket that pushes states. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { STRICT } from '@shelfcast/contracts/outside'
import type { Logger } from '@shelfcast/runtime/log'
import { Gauge, type Registry } from 'prom-client'
import { Type } from 'typebox'
import { fault } from '../http/errors.ts'
import { type App, named, REFUSED } from '../http/schemas.ts'
import type { Live } from '../live/state.ts'
import type { Models } from '../models/state.ts'
import type { Pipeline } from '../pipeline/state.ts'
import type { Twin } from '../twin/state.ts'
import { createChannel } from './channel.ts'
import { createListener } from './listener.ts'

/** Each connection costs up to 100 KB a second and some backlog: enough for a class room, not for an attack. */
const CONNECTION_LIMIT = 100

const ALL_CHANNELS = 'live,pipeline,twin'

export function streamRoutes(
  app: App,
  options: { live: Live; pipeline: Pipeline; twin: Twin; models: Models; registry: Registry; log: Logger },
) {
  const channels = {
    live: createChannel({ name: 'live', state: options.live, log: options.log }),
    pipeline: createChannel({ name: 'pipeline', state: options.pipeline, log: options.log }),
    twin: createChannel({ name: 'twin', state: options.twin, log: options.log }),
    runs: createChannel({ name: 'runs', state: options.models.runs, log: options.log }),
  }
  app.addHook('preClose', async () => {
    for (const channel of Object.values(channels)) channel.close()
    for (const client of app.websocketServer.clients) client.terminate()
  })
  new Gauge({
    name: 'stream_connections',
    help: 'open WebSocket connections',
    registers: [options.registry],
    collect() {
      this.set(app.websocketServer.clients.size)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/stream',
    schema: {
      summary: 'WebSocket: states at each change',
      description:
        'Sends `{ channel, state }`, where state is what GET of the same name answers: at once, then at each change, ' +
        'at most once a second, and every ten seconds when nothing changes.',
      tags: ['platform'],
      querystring: Type.Object(
        {
          channels: Type.Optional(
            Type.String({
              pattern: '^(live|pipeline|twin|runs)(,(live|pipeline|twin|runs))*$',
              maxLength: 100,
              default: ALL_CHANNELS,
              description: 'live, pipeline, twin, runs, or several with commas',
            }),
          ),
        },
        STRICT,
      ),
      response: {
        101: Type.Null({ description: 'a WebSocket' }),
        400: REFUSED,
        426: named(ErrorAnswer, 'not a WebSocket handshake'),
        503: named(ErrorAnswer, 'too many connections'),
      },
    },
    preHandler: async () => {
      if (app.websocketServer.clients.size < CONNECTION_LIMIT) return
      throw fault(
        503,
        'too_many_connections',
        `${CONNECTION_LIMIT} WebSocket connections are open, the limit of this process. Close other dashboards.`,
      )
    },
    handler: async () => {
      throw fault(
        426,
        'upgrade_required',
        'GET /api/v1/stream is a WebSocket. Open it as ws://, or ask /api/v1/live, /api/v1/pipeline, /api/v1/twin or /api/v1/models/runs.',
      )
    },
    wsHandler: (socket, { query }) => {
      const names = new Set((query.channels ?? ALL_CHANNELS).split(',') as (keyof typeof channels)[])
      const ends: (() => void)[] = []
      const listener = createListener(socket, () => {
        for (const end of ends) end()
      })
      for (const name of names) ends.push(channels[name].listen(listener.send))
    },
  })
}
