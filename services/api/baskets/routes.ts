/** The baskets that arrived last. */
import { LatestBaskets } from '@shelfcast/contracts/api'
import { limit, STRICT } from '@shelfcast/contracts/outside'
import { Type } from 'typebox'
import { type App, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import { BASKET_LIMIT, type LatestBasketsOf } from './latest.ts'

const DEFAULT_LIMIT = 20

export function basketRoutes(app: App, options: { latestBaskets: LatestBasketsOf }) {
  app.get(
    '/api/v1/baskets/latest',
    {
      schema: {
        summary: 'Latest baskets',
        description:
          'Newest arrival first. Amounts of a return are below 0. Baskets behind a long run of refused ones may be missing.',
        tags: ['sales'],
        querystring: Type.Object(
          { limit: Type.Optional(limit(BASKET_LIMIT, `${DEFAULT_LIMIT} where it is left out`)) },
          STRICT,
        ),
        response: { 200: named(LatestBaskets, 'the baskets'), 400: REFUSED, 503: UNAVAILABLE },
      },
    },
    async ({ query }) => ({ baskets: await options.latestBaskets(query.limit ?? DEFAULT_LIMIT) }),
  )
}
