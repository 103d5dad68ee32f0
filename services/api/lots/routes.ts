/** What is at risk of expiring unsold, and what stores could send each other. */
import { lotWords, transferWords } from '@shelfcast/contracts/lot-words'
import { LotFilter, LotsAtRisk, TransferFilter, TransferList } from '@shelfcast/contracts/lots'
import { readLotRun, readLotsAtRisk, readTransfers } from '@shelfcast/warehouse/queries/lots'
import { readProductNames } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { type App, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'

const TAGS = ['planning']
const DEFAULT_LIMIT = 100
const NO_RUN = { found_at: null, origin: null }

export function lotRoutes(app: App, { read }: { read: Reader }) {
  app.get(
    '/api/v1/lots-at-risk',
    {
      schema: {
        summary: 'Lots of which something is expected to be left over, with the markdown that saves most',
        description:
          'Of the newest run of find-slow-movers. A markdown says what it is expected to save and between what, with 80% probability; docs/planning/lots.md has the arithmetic.',
        tags: TAGS,
        querystring: LotFilter,
        response: { 200: named(LotsAtRisk, 'most money first'), 400: REFUSED, 503: UNAVAILABLE },
      },
    },
    async ({ query: { limit = DEFAULT_LIMIT, ...filter } }) => {
      const [run, rows] = await Promise.all([readLotRun(read), readLotsAtRisk(read, { ...filter, limit })])
      const nameOf = await namesOf(read, rows)
      return {
        ...(run ?? NO_RUN),
        lots: rows.map((row) => {
          const lot = { ...row, name: nameOf(row.sku) }
          return { ...lot, words: lotWords(lot) }
        }),
      }
    },
  )

  app.get(
    '/api/v1/transfers',
    {
      schema: {
        summary: 'Transfers between stores that are expected to pay, with their arithmetic',
        description:
          'Of the newest run of find-slow-movers. Lines of the same two stores are one trip, whose cost they share.',
        tags: TAGS,
        querystring: TransferFilter,
        response: {
          200: named(TransferList, 'the trip that is worth most first'),
          400: REFUSED,
          503: UNAVAILABLE,
        },
      },
    },
    async ({ query: { limit = DEFAULT_LIMIT, ...filter } }) => {
      const [run, rows] = await Promise.all([readLotRun(read), readTransfers(read, { ...filter, limit })])
      const nameOf = await namesOf(read, rows)
      return {
        ...(run ?? NO_RUN),
        transfers: rows.map((row) => ({
          ...row,
          name: nameOf(row.sku),
          words: row.steps.map((step) => transferWords(step, row.unit)),
        })),
      }
    },
  )
}

async function namesOf(read: Reader, rows: readonly { sku: string }[]): Promise<(sku: string) => string> {
  const names = await readProductNames(read, [...new Set(rows.map(({ sku }) => sku))])
  const bySku = new Map(names.map(({ sku, name }) => [sku, name]))
  return (sku) => bySku.get(sku) ?? sku
}
