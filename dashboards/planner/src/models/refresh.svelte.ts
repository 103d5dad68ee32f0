/** Tells a page when what it shows is no longer so: a run has ended, or another version serves. */
import type { RunsState } from '@shelfcast/contracts/model-answers'

const markOf = ({ runs, champions, alerts_open }: RunsState): string =>
  JSON.stringify([runs.filter(({ ended_at }) => ended_at).map(({ id }) => id), champions, alerts_open])

export function createRefresh(state: () => RunsState | undefined, refresh: () => void) {
  let latest: string | undefined
  $effect(() => {
    const now = state()
    if (!now) return
    const mark = markOf(now)
    if (latest !== undefined && mark !== latest) refresh()
    latest = mark
  })
}
