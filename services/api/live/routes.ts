/** What the Live page shows, for its first paint; the stream carries it on. */
import { LiveState } from '@shelfcast/contracts/api'
import { type App, named, UNAVAILABLE } from '../http/schemas.ts'
import type { Live } from './state.ts'

export function liveRoutes(app: App, options: { live: Live }) {
  app.get(
    '/api/v1/live',
    {
      schema: {
        summary: 'Sales of the last half hour as they arrive',
        tags: ['sales'],
        response: { 200: named(LiveState, 'the state, at most a second old'), 503: UNAVAILABLE },
      },
    },
    options.live,
  )
}
