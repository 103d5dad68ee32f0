/** Many approvals in one transaction, each answered by itself. */
import type { ApprovalsAnswer } from '@shelfcast/contracts/order-requests'
import type { OrderChannel } from '@shelfcast/contracts/orders'
import type { OrderChanges } from '@shelfcast/operational/order-changes'
import { OrderRefusal } from '@shelfcast/operational/order-rows'

export async function approveMany(
  changes: OrderChanges,
  seen: readonly { id: number; version: number }[],
  how: { actor: string; reason: string; channel: OrderChannel },
): Promise<ApprovalsAnswer> {
  const answer: ApprovalsAnswer = { approved: [], refused: [] }
  // In the order of their ids, as everybody who locks several.
  for (const { id, version } of seen.toSorted((a, b) => a.id - b.id)) {
    try {
      answer.approved.push(await changes.approve({ id, version, ...how }))
    } catch (error) {
      // A refusal comes before anything is written, so the others go on.
      if (!(error instanceof OrderRefusal)) throw error
      const { code, message, order } = error
      answer.refused.push({ id, error: code, message, ...(order && { order }) })
    }
  }
  return answer
}
