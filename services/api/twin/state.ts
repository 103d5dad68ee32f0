/** What the twin's director tells: its clock, and what happens in its stores. */
import type { TwinState } from '@shelfcast/contracts/api'
import { DirectorState } from '@shelfcast/contracts/twin'
import { Compile } from 'typebox/compile'
import { recent } from '../read/recent.ts'

export type Twin = () => Promise<TwinState>

const MAX_AGE_MS = 500
const LIMIT_MS = 1_000
const validator = Compile(DirectorState)

/** @param options.url of the twin; empty when there is none */
export function createTwin({ url }: { url: string }): Twin {
  return recent(MAX_AGE_MS, async () => ({
    at: new Date().toISOString(),
    // A twin that is away is a part that does not answer, which the health of the parts tells.
    twin: url === '' ? null : await ask(url).catch(() => null),
  }))
}

async function ask(url: string): Promise<DirectorState | null> {
  const answer = await fetch(new URL('/director', url), { signal: AbortSignal.timeout(LIMIT_MS) })
  const state: unknown = await answer.json()
  return validator.Check(state) ? state : null
}
