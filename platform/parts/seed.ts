import { LakeEnvironment, ServiceEnvironment } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import type { OneShot } from './part.ts'
import { WorldEnvironment } from './twin.ts'

const { LOG_LEVEL } = ServiceEnvironment.properties

export const HistoryEnvironment = Type.Object({
  TWIN_HISTORY_YEARS: Type.Integer({
    minimum: 0,
    maximum: 25,
    default: 3,
    description:
      'Years of daily sales that the twin has behind it at its first start, up to the day before; 0 for none.',
  }),
})

/** The twin's past, in the lake; ingest loads it. */
export const seed = {
  title: 'History',
  entry: 'datagen/seed.ts',
  environment: Type.Object({
    LOG_LEVEL,
    ...LakeEnvironment.properties,
    /** Asked how far the past is loaded; empty: nobody is. */
    INGEST_URL: Type.String({ default: '', wiring: true }),
    ...WorldEnvironment.properties,
    ...HistoryEnvironment.properties,
  }),
  needs: ['provision'],
  of: ['lake', 'ingest', 'twin'],
  talks: true,
  compose: { service: 'history', environment: {} },
} as const satisfies OneShot
