/** What is submitted twice is answered as the first time: who lost the answer asks again with the same key. */
import { createHash } from 'node:crypto'
import type { Operational, Queries } from './client.ts'
import { OrderRefusal } from './order-rows.ts'

/**
 * Days that an answer is kept. Whoever repeats does so within minutes, a queue of theirs that was stopped over holidays
 * within weeks; after that, the versions of orders still keep a change from being made twice.
 */
export const ANSWERS_KEPT_DAYS = 30

export interface Answer {
  status: number
  /** As it is sent, to the byte. */
  body: string
}

export interface Submission {
  key: string
  request: unknown
}

export interface Submissions {
  /** The answer of the first time, or undefined when it was not asked before. @throws as submit */
  recall(submission: Submission): Promise<Answer | undefined>
  /**
   * Does the work and keeps its answer in one transaction, or gives the answer of the first time. A refusal changes
   * nothing and is not kept: the same may be asked again.
   * @param submission.request what is asked, whole
   * @throws OrderRefusal when the key was used for something else
   */
  submit(submission: Submission, work: (inside: Queries) => Promise<Answer>): Promise<Answer>
  /** Drops answers that nobody asks for any more. @returns how many */
  prune(before: Date): Promise<number>
}

export function createSubmissions(operational: Operational): Submissions {
  return {
    recall: ({ key, request }) => answerOf(operational, key, digestOf(request)),
    submit({ key, request }, work) {
      const digest = digestOf(request)
      return operational.transaction(async (inside) => {
        // Of two with the same key, the second waits here for the first to end.
        const rows = await inside.query(
          'insert into submissions (key, request) values ($1, $2) on conflict do nothing returning key',
          [key, digest],
        )
        if (rows.length === 0) {
          const first = await answerOf(inside, key, digest)
          if (first) return first
          throw new Error(`The submission "${key}" is gone while it is read. Send it again.`)
        }
        const answer = await work(inside)
        await inside.query('update submissions set status = $2, answer = $3 where key = $1', [
          key,
          answer.status,
          answer.body,
        ])
        return answer
      })
    },
    async prune(before) {
      const rows = await operational.query('delete from submissions where at < $1 returning key', [before])
      return rows.length
    },
  }
}

const digestOf = (request: unknown) => createHash('sha256').update(JSON.stringify(request)).digest('hex')

async function answerOf(queries: Queries, key: string, digest: string): Promise<Answer | undefined> {
  const [submission] = await queries.query<{ request: string; status: number; answer: string }>(
    'select request, status, answer from submissions where key = $1',
    [key],
  )
  if (!submission) return undefined
  if (submission.request === digest) return { status: submission.status, body: submission.answer }
  throw new OrderRefusal(
    'key_taken',
    `The key "${key}" was used to ask for something else. Ask with a key of its own.`,
  )
}
