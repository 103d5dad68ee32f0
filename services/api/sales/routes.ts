/** Sales figures by time. */
import { SalesByStoreHour } from '@shelfcast/contracts/api'
import { StoreId } from '@shelfcast/contracts/events'
import { instant, STRICT } from '@shelfcast/contracts/outside'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { type App, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import { createSalesByStoreHour, RANGE_LIMIT_DAYS, ROW_LIMIT } from './by-store-hour.ts'

export function salesRoutes(app: App, options: { read: Reader }) {
  const salesByStoreHour = createSalesByStoreHour(options.read)
  app.get(
    '/api/v1/sales/by-store-hour',
    {
      schema: {
        summary: 'Sales by store and hour',
        description:
          `Hours of event time that begin at or after \`from\` and before \`to\`, returns taken off. ` +
          `At most ${RANGE_LIMIT_DAYS} days and ${ROW_LIMIT} rows.`,
        tags: ['sales'],
        querystring: Type.Object(
          {
            from: instant('2026-01-31T00:00:00Z'),
            to: instant('not included'),
            store_id: Type.Optional(StoreId),
          },
          STRICT,
        ),
        response: {
          200: named(SalesByStoreHour, 'by store, hour and currency, in this order'),
          400: REFUSED,
          503: UNAVAILABLE,
        },
      },
    },
    ({ query }) => salesByStoreHour({ ...query, from: new Date(query.from), to: new Date(query.to) }),
  )
}
