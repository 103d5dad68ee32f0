/** Why the model does not serve, as inference tells it. */
import type { CurrentModels } from '@shelfcast/contracts/inference'

const LIMIT_MS = 1_000

/** @param url of inference; empty: there is none */
export function createTrouble(url: string): () => Promise<string | null> {
  return async () => {
    if (url === '') return null
    try {
      const answer = await fetch(new URL('/v1/models/current', url), {
        signal: AbortSignal.timeout(LIMIT_MS),
      })
      return answer.ok ? ((await answer.json()) as CurrentModels).trouble : null
    } catch {
      // The forecast is shown all the same; that inference is away is told by the health of the parts.
      return null
    }
  }
}
