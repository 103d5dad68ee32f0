/** How far the loading of datasets is, for those who wait for what they have written: GET /datasets. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Datasets } from './loader.ts'

/** @returns false when the request is not about datasets */
export function answerDatasets(
  { progress, settledAt }: Datasets,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.url !== '/datasets') return false
  const say = (status: number, answer: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  if (request.method !== 'GET') say(405, { message: '/datasets takes GET.' })
  else say(200, { settled_at: new Date(settledAt).toISOString(), loading: progress ?? null })
  return true
}
