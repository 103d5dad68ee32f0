/** How a rebuild of the warehouse holds the loading of this process: POST /loading/pause and /loading/resume. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { LoadingTurns } from './loading-turns.ts'

const Lease = Compile(
  Type.Object(
    { seconds: Type.Number({ exclusiveMinimum: 0, maximum: 600 }) },
    { additionalProperties: false },
  ),
)

/** @returns false when the request is not about loading */
export async function answerLoading(
  loading: LoadingTurns,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const what = /^\/loading\/(pause|resume)$/.exec(request.url ?? '')?.[1]
  if (what === undefined) return false
  const say = (status: number, answer: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  if (request.method !== 'POST') say(405, { message: `${request.url} takes POST.` })
  else if (what === 'resume') {
    loading.release()
    say(200, { paused: false })
  } else {
    const lease = parsed(await text(request))
    if (!Lease.Check(lease)) say(400, { message: 'Say for how long: {"seconds": 30}, at most 600.' })
    else {
      await loading.hold(lease.seconds)
      say(200, { paused: true })
    }
  }
  return true
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
