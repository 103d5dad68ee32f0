/** Scenarios: a URL is a question, and its answer can become drafts of orders. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { parseScenario, scenarioQuery } from '@shelfcast/contracts/scenario-text'
import {
  PromotedOrders,
  ScenarioAnswer,
  ScenarioPromotion,
  ScenarioQuery,
} from '@shelfcast/contracts/scenarios'
import type { Operational } from '@shelfcast/operational/client'
import { createSettings } from '@shelfcast/operational/planning-settings'
import { createSubmissions } from '@shelfcast/operational/submissions'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { FastifyReply } from 'fastify'
import type { Inference } from '../forecasts/inference.ts'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED } from '../http/schemas.ts'
import { createSubmit } from '../orders/submit.ts'
import { createScenarios } from './compare.ts'
import { promote } from './promote.ts'

const TAGS = ['planning']
/** Nobody signs in yet. */
const ACTOR = 'api'
const ANSWERS = {
  400: REFUSED,
  404: named(ErrorAnswer, 'there is no forecast of it, or no such region'),
  429: named(ErrorAnswer, 'too many scenarios wait'),
  503: named(ErrorAnswer, 'the warehouse, the operational store or inference does not answer'),
}

export function scenarioRoutes(
  app: App,
  options: { read: Reader; inference: Inference; operational: Operational },
) {
  const { read, inference, operational } = options
  const settings = createSettings(operational)
  const submit = createSubmit(createSubmissions(operational))
  const scenarios = createScenarios({
    read,
    inference,
    settings: async () => (await told(settings.current())).settings,
  })

  app.get(
    '/api/v1/scenarios',
    {
      schema: {
        summary: 'Up to four scenarios beside what is expected',
        description:
          'Units, revenue, margin, stock-outs and orders of today, each with the difference to the base. The parameters say ' +
          'what is compared; a scenario without parts is the base, to the bit.',
        tags: TAGS,
        querystring: ScenarioQuery,
        response: { 200: named(ScenarioAnswer, 'the base and each scenario'), ...ANSWERS },
      },
    },
    ({ query }, reply) => scenarios.compare(query, whileAsked(reply)),
  )

  app.post(
    '/api/v1/scenarios/promote',
    {
      schema: {
        summary: 'Make drafts of what a scenario orders today',
        description:
          'A draft for each store and supplier, with the scenario as its reason. Nothing is sent before a person approves.',
        tags: TAGS,
        body: ScenarioPromotion,
        response: {
          200: named(PromotedOrders, 'the drafts; the same submission twice gives the first answer'),
          ...ANSWERS,
          409: named(ErrorAnswer, 'the key was used for something else'),
          ...BODY_REFUSED,
        },
      },
      bodyLimit: 16_384,
    },
    ({ method, url, body }, reply) => {
      const { scenario: name, key: _, ...query }: ScenarioPromotion = body
      return submit(
        { method, url, body },
        reply,
        200,
        async () => {
          const { outlooks } = await scenarios.outlooksOf(query, name, whileAsked(reply))
          const { store_id, region, category, sku } = query
          const scope = Object.fromEntries(
            Object.entries({ store_id, region, category, sku }).filter(([, value]) => value !== undefined),
          )
          const scenario = parseScenario(query[name] ?? '', name)
          return { outlooks, url: `/api/v1/scenarios?${scenarioQuery(scope, { a: scenario })}` }
        },
        (changes, facts) => promote(changes, { ...facts, actor: ACTOR }),
      )
    },
  )
}

/** Until the asker goes, or has the answer. */
function whileAsked(reply: FastifyReply): AbortSignal {
  const asker = new AbortController()
  reply.raw.on('close', () => asker.abort(fault(499, 'asker_gone', 'Nobody waits for the answer.')))
  return asker.signal
}
