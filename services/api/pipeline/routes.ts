/** The state of the pipeline. */
import { PipelineState } from '@shelfcast/contracts/api'
import { type App, named } from '../http/schemas.ts'
import type { Pipeline } from './state.ts'

export function pipelineRoutes(app: App, options: { pipeline: Pipeline }) {
  app.get(
    '/api/v1/pipeline',
    {
      schema: {
        summary: 'Every stage with its counts',
        description: 'Counts of a part that does not answer are the last known ones, or 0.',
        tags: ['platform'],
        response: { 200: named(PipelineState, 'the state, at most a second old') },
      },
    },
    options.pipeline,
  )
}
