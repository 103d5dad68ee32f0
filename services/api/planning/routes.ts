/** What was planned and why, and the rules of planning. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { limit, STRICT } from '@shelfcast/contracts/outside'
import { SettingsAnswer, SettingsChange } from '@shelfcast/contracts/planning'
import { PlanId, PlanList, PlannedLineFilter, PlannedLineList } from '@shelfcast/contracts/plans'
import type { Operational } from '@shelfcast/operational/client'
import { createSettings } from '@shelfcast/operational/planning-settings'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import { readLines, readPlans } from './plans.ts'

const TAGS = ['planning']
/** Nobody signs in yet. */
const ACTOR = 'api'
const PLANS_SHOWN = 30
const STORE_AWAY = named(ErrorAnswer, 'the operational store does not answer')

export function planningRoutes(app: App, options: { read: Reader; operational: Operational }) {
  const { read } = options
  const settings = createSettings(options.operational)

  app.get(
    '/api/v1/plans',
    {
      schema: {
        summary: 'Plans of orders, the newest first',
        tags: TAGS,
        querystring: Type.Object(
          { limit: Type.Optional(limit(200, `${PLANS_SHOWN} where it is left out`)) },
          STRICT,
        ),
        response: { 200: named(PlanList, 'as of now'), 400: REFUSED, 503: UNAVAILABLE },
      },
    },
    async ({ query: { limit = PLANS_SHOWN } }) => ({ plans: await readPlans(read, limit) }),
  )

  app.get(
    '/api/v1/plans/:plan/lines',
    {
      schema: {
        summary: 'What a plan says of each SKU of each store, and why',
        description: '`latest` is the newest plan. Lines of which nothing is ordered say why not.',
        tags: TAGS,
        params: Type.Object({ plan: PlanId }, STRICT),
        querystring: PlannedLineFilter,
        response: {
          200: named(PlannedLineList, 'a page'),
          400: REFUSED,
          404: named(ErrorAnswer, 'there is no such plan'),
          503: UNAVAILABLE,
        },
      },
    },
    ({ params: { plan }, query }) => readLines(read, plan, query),
  )

  app.get(
    '/api/v1/planning/settings',
    {
      schema: {
        summary: 'The rules of planning, and who changed them',
        tags: TAGS,
        response: { 200: named(SettingsAnswer, 'as of now'), 503: STORE_AWAY },
      },
    },
    async () => {
      const [current, history] = await told(Promise.all([settings.current(), settings.history()]))
      return { ...current, history }
    },
  )

  app.put(
    '/api/v1/planning/settings',
    {
      schema: {
        summary: 'Change the rules of planning',
        description: 'All of them, with the version that was seen: the next plan goes by them.',
        tags: TAGS,
        body: SettingsChange,
        response: {
          200: named(SettingsAnswer, 'as they are now'),
          400: REFUSED,
          ...BODY_REFUSED,
          409: named(ErrorAnswer, 'somebody else has changed them since'),
          503: STORE_AWAY,
        },
      },
      bodyLimit: 16_384,
    },
    async ({ body }) => {
      const changed = await told(settings.change({ ...body, actor: ACTOR }))
      return { ...changed, history: await told(settings.history()) }
    },
  )
}
