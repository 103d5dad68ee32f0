/** Ingest, as a source asks it what became of what it has sent. */
import { DatasetsLoading, DatasetsLook } from '@shelfcast/contracts/datasets/loading'
import { LandedEnds, LandedLines, type LandedQuestion } from '@shelfcast/contracts/landed'
import { NotReady } from '@shelfcast/runtime/away'
import type { Patience } from '@shelfcast/runtime/patience'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'

export interface Ingest {
  /** First offsets that are not yet in the warehouse. */
  ends(): Promise<LandedEnds['ends']>
  lines(question: LandedQuestion): Promise<LandedLines>
  /** Has it look for datasets at once. */
  look(): Promise<unknown>
  /** How far it is with them. */
  datasets(): Promise<DatasetsLoading>
}

/** A count over a hundred million lines takes seconds. */
const ANSWER_LIMIT_MS = 60_000

export function createIngest(url: string, patience: Patience): Ingest {
  async function ask<T extends TSchema>(path: string, schema: T, question?: object): Promise<Static<T>> {
    const answer = await patience.until('ingest', async () => {
      const response = await fetch(new URL(path, url), {
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        ...(question && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(question),
        }),
      })
      const text = await response.text()
      if (!response.ok)
        throw new NotReady(response.status, `Ingest answered ${response.status}: ${text.slice(0, 300)}`)
      return JSON.parse(text) as unknown
    })
    if (Value.Check(schema, answer)) return answer as Static<T>
    throw new Error(
      `Ingest at ${url} answers ${path} otherwise than this version does. Start the stack anew: npm start`,
    )
  }
  return {
    ends: async () => (await ask('/landed/ends', LandedEnds)).ends,
    look: () => ask('/datasets/look', DatasetsLook, {}),
    datasets: () => ask('/datasets', DatasetsLoading),
    lines: (question) => ask('/landed/lines', LandedLines, question),
  }
}
