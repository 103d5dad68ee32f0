/** What the gate refused: found, looked at, corrected and sent again. */

import { ErrorAnswer } from '@shelfcast/contracts/api'
import {
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterList,
  PAGE_LIMIT,
  REPLAY_LIMIT,
  ReplayAnswer,
  ReplayOutcomes,
  ReplayRequest,
} from '@shelfcast/contracts/dead-letters'
import { instant, limit, line, SmallNumber, STRICT, WholeNumber } from '@shelfcast/contracts/outside'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import type { Logger } from '@shelfcast/runtime/log'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { type App, BODY_REFUSED, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import { readDetail } from './detail.ts'
import { markOf } from './filter.ts'
import { readPage } from './letters.ts'
import { readOutcomes } from './outcomes.ts'
import type { Replay } from './replays.ts'

const DEFAULT_LIMIT = 50
/** A corrected message of a megabyte, the most that a topic takes, with every quote escaped; or 10,000 positions. */
const BODY_LIMIT_BYTES = 2 * 1_024 * 1_024

const TAGS = ['dead letters']

export function deadLetterRoutes(app: App, options: { read: Reader; replay: Replay; log: Logger }) {
  const { read, replay, log } = options

  app.get(
    '/api/v1/dead-letters',
    {
      schema: {
        summary: 'Dead letters, with counts by reason and state',
        description:
          "Newest first by the producer's clock. For the next page give `next` as `cursor`, with the same filter.",
        tags: TAGS,
        querystring: Type.Object(
          {
            ...DeadLetterFilter.properties,
            limit: Type.Optional(limit(PAGE_LIMIT, `${DEFAULT_LIMIT} where it is left out`)),
            cursor: Type.Optional(line(120, { description: '`next` of the page before' })),
          },
          STRICT,
        ),
        response: { 200: named(DeadLetterList, 'a page'), 400: REFUSED, 503: UNAVAILABLE },
      },
    },
    ({ query: { limit = DEFAULT_LIMIT, cursor, ...filter } }) =>
      readPage(read, filter, { limit, ...(cursor && { after: markOf(cursor) }) }),
  )

  app.get(
    '/api/v1/dead-letters/:topic/:epoch/:partition/:offset/:line',
    {
      schema: {
        summary: 'One dead letter',
        description:
          'Its original bytes, the rule, the basket and the block that it came in, what it is a replay of, and its replays.',
        tags: TAGS,
        params: Type.Object({
          topic: Type.Enum(EVENT_TOPICS),
          epoch: Type.Integer({ ...SmallNumber, description: '0 unless the topic was created anew' }),
          partition: SmallNumber,
          offset: WholeNumber,
          line: Type.Integer({ ...SmallNumber, description: '0: the whole message' }),
        }),
        response: {
          200: named(DeadLetterDetail, 'the dead letter'),
          400: REFUSED,
          404: named(ErrorAnswer, 'there is no dead letter at this position'),
          503: UNAVAILABLE,
        },
      },
    },
    ({ params }) => readDetail(read, log, { ...params, offset: BigInt(params.offset) }),
  )

  app.post(
    '/api/v1/dead-letters/replays',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Send dead letters again',
        description:
          'To their topic, with the header `replay_of`. A line goes in a basket with the same envelope and that line alone. ' +
          'Those that were sent before are skipped unless `again` is set. ' +
          `At most ${REPLAY_LIMIT} a call: \`left\` says how many more match.`,
        tags: TAGS,
        body: named(ReplayRequest, 'which, and what instead'),
        response: {
          200: named(ReplayAnswer, 'where each went'),
          400: REFUSED,
          ...BODY_REFUSED,
          404: named(ErrorAnswer, 'there is no dead letter at one of the positions; nothing was sent'),
          429: named(ErrorAnswer, 'too many replays are under way'),
          503: named(ErrorAnswer, 'Kafka, the warehouse or the lake does not answer'),
        },
      },
    },
    ({ body }) => replay(body),
  )

  app.get(
    '/api/v1/dead-letters/replays',
    {
      schema: {
        summary: 'What became of what was sent again',
        tags: TAGS,
        querystring: Type.Object({ from: instant('sent at or after') }, STRICT),
        response: { 200: named(ReplayOutcomes, 'counts of messages'), 400: REFUSED, 503: UNAVAILABLE },
      },
    },
    ({ query }) => readOutcomes(read, new Date(query.from)),
  )
}
