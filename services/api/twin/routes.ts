/** The twin's clock and what happens in its stores, to be looked at; directing it is the twin's own interface. */
import { TwinState } from '@shelfcast/contracts/api'
import { type App, named } from '../http/schemas.ts'
import type { Twin } from './state.ts'

export function twinRoutes(app: App, options: { twin: Twin }) {
  app.get(
    '/api/v1/twin',
    {
      schema: {
        summary: 'Store clock of the twin, and what its director lets happen',
        tags: ['platform'],
        response: { 200: named(TwinState, 'the state, at most a second old') },
      },
    },
    options.twin,
  )
}
