/** Changes of orders that are asked for with a key: the same twice is answered as the first time, to the byte. */
import { type OrderChanges, orderChanges } from '@shelfcast/operational/order-changes'
import type { Answer, Submissions } from '@shelfcast/operational/submissions'
import { told } from '../http/refusals.ts'

interface Asked {
  method: string
  url: string
  body: { key: string }
}
/** What is used of a reply. */
interface Reply {
  code(status: number): Reply
  type(name: string): Reply
  serializer(write: (body: string) => string): Reply
  send(body: string): unknown
}

/** @param prepare what is asked of others than the operational store, before a transaction is opened */
export type Submit = <Facts>(
  request: Asked,
  reply: unknown,
  status: number,
  prepare: () => Promise<Facts>,
  work: (changes: OrderChanges, facts: Facts) => Promise<object>,
) => Promise<never>

export function createSubmit(submissions: Submissions): Submit {
  return async ({ method, url, body }, reply, status, prepare, work) => {
    const submission = { key: body.key, request: [method, url, body] }
    const answer =
      (await told(submissions.recall(submission))) ?? (await submitted(submission, await prepare()))
    return send(reply as Reply, answer)

    function submitted(asked: typeof submission, facts: Awaited<ReturnType<typeof prepare>>) {
      return told(
        submissions.submit(asked, async (inside) => ({
          status,
          body: JSON.stringify(await work(orderChanges(inside), facts)),
        })),
      )
    }
  }
}

function send(reply: Reply, { status, body }: Answer): never {
  // The text itself goes out, not a value that is written anew.
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((text) => text)
    .send(body) as never
}
