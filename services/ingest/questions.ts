/** What ingest is asked over HTTP beside its health: each question has one path, one method and one answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DatasetsLoading } from '@shelfcast/contracts/datasets/loading'
import { LandedQuestion } from '@shelfcast/contracts/landed'
import { STRICT } from '@shelfcast/contracts/outside'
import { readJson } from '@shelfcast/runtime/incoming'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Datasets } from './datasets/loader.ts'
import { landedEnds, landedLines } from './load/landed.ts'
import type { LoadingTurns } from './load/loading-turns.ts'

/** The longest body that is taken: MOST_RANGES with the largest offsets are 30 KB. */
const BODY_LIMIT = 64 * 1024

const lease = Compile(Type.Object({ seconds: Type.Number({ exclusiveMinimum: 0, maximum: 600 }) }, STRICT))
const landedQuestion = Compile(LandedQuestion)

interface Question {
  method: 'GET' | 'POST'
  answer(request: IncomingMessage): Promise<object> | object
}

export interface Asked {
  loading: LoadingTurns
  datasets: Pick<Datasets, 'progress' | 'settledAt' | 'hurry'>
  read: Reader
}

/** A question that cannot be answered; its message names the fix. */
class Refusal extends Error {
  readonly statusCode: number
  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** @returns what answers a request; false when it is about none of the questions */
export function createQuestions({ loading, datasets, read }: Asked) {
  const questions: Record<string, Question> = {
    /** A rebuild of the warehouse holds the loading of this process, for seconds that it gives. */
    '/loading/pause': {
      method: 'POST',
      async answer(request) {
        const question = await jsonOf(request)
        if (!lease.Check(question)) throw new Refusal(400, 'Say for how long: {"seconds": 30}, at most 600.')
        await loading.hold(question.seconds)
        return { paused: true }
      },
    },
    '/loading/resume': {
      method: 'POST',
      answer() {
        loading.release()
        return { paused: false }
      },
    },
    /** How far the loading of datasets is, for those who wait for what they have written. */
    '/datasets': {
      method: 'GET',
      answer: (): DatasetsLoading => ({
        settled_at: new Date(datasets.settledAt).toISOString(),
        loading: datasets.progress ?? null,
      }),
    },
    /** What was written just now is looked for at once. */
    '/datasets/look': {
      method: 'POST',
      answer() {
        datasets.hurry()
        return { looking: true }
      },
    },
    '/landed/ends': { method: 'GET', answer: () => landedEnds(read) },
    '/landed/lines': {
      method: 'POST',
      async answer(request) {
        const question = await jsonOf(request)
        if (landedQuestion.Check(question)) return landedLines(read, question)
        const [fault] = landedQuestion.Errors(question)
        throw new Refusal(
          400,
          `${fault?.instancePath || 'The body'} ${fault?.message ?? 'is not as documented'}. Ask as services/contracts/landed.ts says.`,
        )
      },
    },
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = request.url ?? ''
    const question = Object.hasOwn(questions, path) ? questions[path] : undefined
    if (!question) return false
    const say = (status: number, answer: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    if (request.method !== question.method) say(405, { message: `${path} takes ${question.method}.` })
    else {
      try {
        say(200, await question.answer(request))
      } catch (error) {
        const { statusCode, message } = error as { statusCode?: number; message: string }
        // What fails in the warehouse is asked again by whoever asks.
        say(statusCode ?? 503, { message })
      }
    }
    return true
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > BODY_LIMIT) throw new Refusal(413, `The body has more than ${BODY_LIMIT} bytes. Ask in parts.`)
    chunks.push(chunk)
  }
  return readJson(Buffer.concat(chunks), request.headers['content-type'] ?? '')
}
