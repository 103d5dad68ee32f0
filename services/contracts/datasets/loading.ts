/** How far ingest is with the datasets of the lake, for those who wait for what they have written. */
import { type Static, Type } from 'typebox'
import { STRICT, WholeNumber } from '../outside.ts'

export const DatasetsLoading = Type.Object(
  {
    settled_at: Type.String({ description: 'when the last look began that found nothing more to load; UTC' }),
    loading: Type.Union([
      Type.Object(
        {
          folder: Type.String({ description: 'of the set that is being loaded' }),
          rows: WholeNumber,
          total: Type.Intersect([WholeNumber], { description: 'rows that it has' }),
        },
        STRICT,
      ),
      Type.Null(),
    ]),
  },
  STRICT,
)
export type DatasetsLoading = Static<typeof DatasetsLoading>

/** The answer to who asks for a look. */
export const DatasetsLook = Type.Object({ looking: Type.Literal(true) }, STRICT)
