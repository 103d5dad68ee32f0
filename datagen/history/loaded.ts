/** Waits until ingest has loaded what was written. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Ingest } from '../ingest.ts'

const ASK_EVERY_MS = 300

/**
 * Until ingest has looked through the datasets after this was called, and found nothing more to load.
 * @param onProgress told the share of a set's rows that are loaded, 0 to 1
 * @throws PartAway when ingest is away for longer than its patience
 */
export async function untilLoaded(
  ingest: Pick<Ingest, 'look' | 'datasets'>,
  onProgress: (share: number) => void,
): Promise<void> {
  const begin = Date.now()
  await ingest.look()
  for (;;) {
    const { settled_at, loading } = await ingest.datasets()
    if (Date.parse(settled_at) >= begin) return
    if (loading) onProgress(loading.rows / loading.total)
    await delay(ASK_EVERY_MS)
  }
}
