/** Where the twin stands, kept in the lake, so that a restart goes on and does not begin the day anew. */
import type { Lake } from '@shelfcast/runtime/lake'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Position } from './source.ts'

const Checkpoint = Type.Object({
  hour: Type.String({ description: 'begin of the store hour, UTC' }),
  sent: Type.Integer({ minimum: 0, description: 'events of that hour that Kafka has' }),
})
const validator = Compile(Checkpoint)

export const checkpointName = (seed: number) => `twin/${seed}.json`

/** @returns undefined on the first start of this seed */
export async function readCheckpoint(lake: Lake, seed: number): Promise<Position | undefined> {
  const name = checkpointName(seed)
  if (!(await lake.metadata('raw', name))) return undefined
  const text = (await lake.read('raw', name)).toString('utf8')
  const checkpoint: unknown = JSON.parse(text)
  const hour = validator.Check(checkpoint) ? Date.parse(checkpoint.hour) : Number.NaN
  if (!validator.Check(checkpoint) || Number.isNaN(hour)) {
    throw new Error(
      `Object raw/${name} is no checkpoint of the twin: ${text.slice(0, 100)}. Delete it to begin anew.`,
    )
  }
  return { hour, sent: checkpoint.sent }
}

export async function writeCheckpoint(lake: Lake, seed: number, { hour, sent }: Position): Promise<void> {
  const body = JSON.stringify({ hour: new Date(hour).toISOString(), sent })
  await lake.put('raw', checkpointName(seed), Buffer.from(body))
}
