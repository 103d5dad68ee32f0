/** Runs of jobs: asked for, looked at and cancelled by whoever can ask the API, such as an orchestrator. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { STRICT, WholeNumber } from '@shelfcast/contracts/outside'
import { parametersOf, RunAnswer, RunDetail, RunFilter, RunList, RunRequest } from '@shelfcast/contracts/runs'
import type { Operational } from '@shelfcast/operational/client'
import { createRuns } from '@shelfcast/operational/runs'
import { Type } from 'typebox'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED } from '../http/schemas.ts'

const TAGS = ['runs']
/** Nobody signs in yet. */
const ACTOR = 'api'

const OfRun = Type.Object({ id: WholeNumber }, STRICT)
const Nothing = Type.Object({}, STRICT)
const STORE_AWAY = named(ErrorAnswer, 'the operational store does not answer')
const UNKNOWN = named(ErrorAnswer, 'there is no such run')

export function runRoutes(app: App, options: { operational: Operational }) {
  const runs = createRuns(options.operational)

  app.post(
    '/api/v1/runs',
    {
      schema: {
        summary: 'Ask for a run of a job',
        description:
          'It is queued; where the same waits already, or was asked for with the same key, that run is the answer. ' +
          'GET /api/v1/runs/{id} tells how far it is, and its result.',
        tags: TAGS,
        body: RunRequest,
        response: {
          202: named(RunAnswer, 'the run'),
          400: REFUSED,
          ...BODY_REFUSED,
          409: named(ErrorAnswer, 'the key was used for another run'),
          503: STORE_AWAY,
        },
      },
    },
    async ({ body: { job, parameters = {}, reason = 'asked for over HTTP', key } }, reply) => {
      try {
        parametersOf(job, parameters)
      } catch (error) {
        throw fault(400, 'invalid_parameters', (error as Error).message)
      }
      const answer = await told(
        runs.request({ job, parameters, reason, requested_by: ACTOR, ...(key !== undefined && { key }) }),
      )
      return reply.code(202).send(answer)
    },
  )

  app.get(
    '/api/v1/runs',
    {
      schema: {
        summary: 'Runs, the newest first',
        description: '`before` is the id of the last run of the page before.',
        tags: TAGS,
        querystring: RunFilter,
        response: { 200: named(RunList, 'as of now'), 400: REFUSED, 503: STORE_AWAY },
      },
    },
    async ({ query: { job, ...filter } }) => ({
      runs: await told(runs.list({ ...filter, ...(job && { jobs: [job] }) })),
    }),
  )

  app.get(
    '/api/v1/runs/:id',
    {
      schema: {
        summary: 'A run: how far it is, what it says, and its result',
        tags: TAGS,
        params: OfRun,
        response: { 200: named(RunDetail, 'as of now'), 400: REFUSED, 404: UNKNOWN, 503: STORE_AWAY },
      },
    },
    async ({ params: { id } }) => {
      const [run, lines] = await told(Promise.all([runs.byId(id), runs.lines(id)]))
      if (run) return { run, lines }
      throw fault(404, 'unknown_run', `There is no run ${id}. GET /api/v1/runs lists them.`)
    },
  )

  app.post(
    '/api/v1/runs/:id/cancel',
    {
      schema: {
        summary: 'Cancel a run',
        description:
          'One that waits is cancelled at once; the worker of one that is under way ends it within seconds.',
        tags: TAGS,
        params: OfRun,
        body: Nothing,
        response: {
          202: named(RunAnswer, 'the run'),
          400: REFUSED,
          ...BODY_REFUSED,
          404: UNKNOWN,
          409: named(ErrorAnswer, 'it has ended already'),
          503: STORE_AWAY,
        },
      },
    },
    async ({ params: { id } }, reply) =>
      reply.code(202).send({ run: await told(runs.cancel(id, ACTOR)), joined: false }),
  )
}
