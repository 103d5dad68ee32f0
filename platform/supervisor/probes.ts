/** Whether a part answers, asked as its users ask it. Each probe is short, so that a caller can repeat it. */
import { connect } from 'node:net'
import { askStore, type StoreAccess } from '@shelfcast/operational/probe'
import type { LakeEnvironment } from '@shelfcast/runtime/environment'
import { createKafka } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import type { Static } from 'typebox'

const LIMIT_MS = 2_000
/** Clients complain while a part is away; the caller says what matters. */
export const QUIET = createLog('probe', 'silent')

/** A metadata answer. The port is tried first, because the Kafka client goes on trying by itself. */
export async function brokerAnswers(port: number, limitMs = LIMIT_MS): Promise<boolean> {
  if (!(await accepts(port))) return false
  const admin = createKafka({ brokers: `127.0.0.1:${port}`, clientId: 'probe', log: QUIET }).admin()
  try {
    return await within(
      admin
        .connect()
        .then(() => admin.describeCluster())
        .then(({ brokers }) => brokers.length > 0),
      limitMs,
    )
  } finally {
    // Not awaited: a client that waits for a broker that went away ends in its own time.
    void admin.disconnect().catch(() => undefined)
  }
}

/** An authenticated S3 call. */
export async function lakeAnswers(access: Record<string, string>, limitMs = LIMIT_MS): Promise<boolean> {
  if (!(await accepts(Number(new URL(access.S3_ENDPOINT!).port)))) return false
  const lake = createLake(access as Static<typeof LakeEnvironment>)
  return within(
    lake.client.listBuckets().then(() => true),
    limitMs,
  )
}

/** A query of the operational store. */
export async function operationalAnswers(access: StoreAccess): Promise<boolean> {
  await askStore(access, LIMIT_MS)
  return true
}

/** /readyz of a service of ours. */
export async function serviceIsReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(LIMIT_MS) })
  await answer.body?.cancel()
  return answer.ok
}

/** Any answer of a service of ours: one that says that it is not ready is busy with becoming so, and lives. */
export async function serviceResponds(port: number, limitMs: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(limitMs) })
  await answer.body?.cancel()
  return true
}

/** A query of the warehouse: its readiness is its gateway's, and the engine behind that may hang. */
export async function warehouseAnswers(access: Record<string, string>, limitMs: number): Promise<boolean> {
  const answer = await fetch(`${access.CLICKHOUSE_URL}/?query=select%201`, {
    headers: {
      'x-clickhouse-user': access.CLICKHOUSE_USER!,
      'x-clickhouse-key': access.CLICKHOUSE_PASSWORD!,
    },
    signal: AbortSignal.timeout(limitMs),
  })
  return answer.ok && (await answer.text()).trim() === '1'
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: LIMIT_MS })
    const end = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

export async function within<T>(work: Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${limitMs / 1000} s`)), limitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
