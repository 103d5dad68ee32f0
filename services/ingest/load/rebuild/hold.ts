/** Holding the loading of a running ingest process, so that the tables are emptied under nobody's hands. */
import { INGEST_GROUP } from '@shelfcast/contracts/topics'
import { absenceOf } from '@shelfcast/runtime/away'
import { createKafka, untilAnswered } from '@shelfcast/runtime/kafka'
import type { Logger } from '@shelfcast/runtime/log'
import type { Patience } from '@shelfcast/runtime/patience'

const LEASE_S = 30
const RENEW_MS = 10_000
// A load that is under way is let end.
const ANSWER_LIMIT_MS = 600_000

export interface Hold {
  /** False when no ingest process runs. */
  isHeld: boolean
  /** Ingest loads again. */
  release(): Promise<void>
}

/**
 * Holds the loading of the ingest process, if there is one; its lease is renewed until the release.
 * @throws when more than one process is in the consumer group, or when the one does not answer
 */
export async function holdLoading(options: {
  brokers: string
  group?: string
  ingestUrl: string
  log: Logger
  patience: Patience
  onKafkaAway(): void
}): Promise<Hold> {
  const { brokers, group = INGEST_GROUP, ingestUrl, log, patience, onKafkaAway } = options
  const members = await patience.until('kafka', () => membersOf(brokers, group, log, onKafkaAway))
  if (members > 1)
    throw new Error(
      `${members} ingest processes are in the consumer group ${group}, and a rebuild can hold one. Stop all but one, wait until they have left, and rebuild again.`,
    )
  const ask = () => pause(ingestUrl)
  const isUp = await (members === 0 ? ask() : patience.until('ingest', ask)).catch((error: Error) => {
    if (members === 0) return false
    throw new Error(
      `An ingest process is in the consumer group ${group}, and does not answer at ${ingestUrl} (${error.message}). Set INGEST_URL to its health address, or stop it, and rebuild again.`,
    )
  })
  if (!isUp) return { isHeld: false, release: async () => undefined }
  const renewing = setInterval(() => {
    // Loading is exact with two that load; the lease only keeps them from doing each other's work.
    pause(ingestUrl).catch((error: Error) => log.warn({ err: error }, 'ingest no longer waits'))
  }, RENEW_MS)
  return {
    isHeld: true,
    async release() {
      clearInterval(renewing)
      await post(`${ingestUrl}/loading/resume`, {}).catch((error: Error) => {
        // One that was started again since does not wait.
        if (absenceOf(error) === 'no') throw error
      })
    },
  }
}

async function pause(ingestUrl: string): Promise<boolean> {
  const answer = await post(`${ingestUrl}/loading/pause`, { seconds: LEASE_S })
  return (answer as { paused?: boolean }).paused === true
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function membersOf(brokers: string, group: string, log: Logger, onAway: () => void): Promise<number> {
  const admin = createKafka({ brokers, clientId: 'rebuild', log, onAway }).admin()
  await admin.connect()
  try {
    const { groups } = await untilAnswered(() => admin.describeGroups([group]))
    return groups[0]?.members.length ?? 0
  } finally {
    await admin.disconnect()
  }
}
