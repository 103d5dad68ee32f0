/** Planners' changes of forecasts: set, looked at, withdrawn, and what they were worth. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { STRICT, WholeNumber } from '@shelfcast/contracts/outside'
import {
  OverrideAnswer,
  OverrideDetail,
  OverrideEnd,
  OverrideFilter,
  OverrideList,
  OverrideRequest,
  OverrideValues,
} from '@shelfcast/contracts/overrides'
import type { Operational } from '@shelfcast/operational/client'
import { createOverrides } from '@shelfcast/operational/overrides'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import { readValue, readValues } from './values.ts'

const TAGS = ['overrides']
/** Nobody signs in yet: who asks may say who they are. */
const ACTOR = 'api'

const OfOverride = Type.Object({ id: WholeNumber }, STRICT)
const AWAY = named(ErrorAnswer, 'the operational store or the warehouse does not answer')
const UNKNOWN = named(ErrorAnswer, 'there is no such override')

export function overrideRoutes(app: App, options: { read: Reader; operational: Operational }) {
  const { read } = options
  const overrides = createOverrides(options.operational)
  const by = async (actor = ACTOR) => ({ actor, origin: (await lastDay(read)) ?? null })

  app.post(
    '/api/v1/overrides',
    {
      schema: {
        summary: 'Change a forecast',
        description:
          'Of a SKU or a category, at one store or at all, by a factor; or of one SKU at one store to so many units a day. ' +
          'Of several overrides of a day the narrowest counts, of equally narrow ones the latest. ' +
          'What it was worth is measured when its days are over.',
        tags: TAGS,
        body: OverrideRequest,
        response: {
          201: named(OverrideAnswer, 'the override'),
          400: REFUSED,
          ...BODY_REFUSED,
          404: UNKNOWN,
          409: named(ErrorAnswer, 'the one it replaces has changed or ended, or the key is that of another'),
          503: AWAY,
        },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await told(overrides.set(body, await by(body.actor)))),
  )

  app.get(
    '/api/v1/overrides',
    {
      schema: {
        summary: 'Overrides, the newest first',
        description: '`before` is the id of the last one of the page before.',
        tags: TAGS,
        querystring: OverrideFilter,
        response: { 200: named(OverrideList, 'as of now'), 400: REFUSED, 503: AWAY },
      },
    },
    async ({ query }) => ({ overrides: await told(overrides.list(query)) }),
  )

  app.get(
    '/api/v1/overrides/value',
    {
      schema: {
        summary: 'What overrides were worth: in all, by who set them, by reason, by direction',
        tags: TAGS,
        response: { 200: named(OverrideValues, 'of the days that are over'), 503: UNAVAILABLE },
      },
    },
    () => readValues(read),
  )

  app.get(
    '/api/v1/overrides/:id',
    {
      schema: {
        summary: 'An override, what happened to it, and what it was worth',
        tags: TAGS,
        params: OfOverride,
        response: { 200: named(OverrideDetail, 'as of now'), 400: REFUSED, 404: UNKNOWN, 503: AWAY },
      },
    },
    async ({ params: { id } }) => {
      const detail = await told(overrides.byId(id))
      if (detail) return { ...detail, value: await readValue(read, id) }
      throw fault(404, 'unknown_override', `There is no override ${id}. GET /api/v1/overrides lists them.`)
    },
  )

  app.delete(
    '/api/v1/overrides/:id',
    {
      schema: {
        summary: 'Withdraw an override',
        description: 'It is kept with its history; forecasts are not changed by it any more.',
        tags: TAGS,
        params: OfOverride,
        querystring: OverrideEnd,
        response: {
          200: named(OverrideAnswer, 'as it has ended'),
          400: REFUSED,
          404: UNKNOWN,
          409: named(ErrorAnswer, 'it has changed or ended already'),
          503: AWAY,
        },
      },
    },
    async ({ params: { id }, query }) => {
      const override = await told(overrides.withdraw(id, query, await by(query.actor)))
      return { override, joined: false }
    },
  )
}
