/** Connections that live on between the requests of one session_id: temporary tables and SET stay in them. */
import type { Call } from './call.ts'
import type { Connection, Engine } from './engine.ts'
import { CODE, Failure } from './failure.ts'
import type { User } from './users.ts'

// A connection costs about 1 MB; a client that forgets its sessions must not pile them up.
const MAX_SESSIONS = 200

export interface Lease {
  connection: Connection
  /** False for a connection that the session has used before. */
  fresh: boolean
  /** True when the connection outlives the request, so that settings of the request have to be taken back. */
  kept: boolean
  release(): void
}

export interface Sessions {
  lease(user: User, call: Call): Lease
  close(): void
}

interface Kept {
  connection: Connection
  busy: boolean
  expiry: NodeJS.Timeout | undefined
}

export function createSessions(engine: Engine): Sessions {
  const kept = new Map<string, Kept>()

  const drop = (key: string) => {
    const session = kept.get(key)
    clearTimeout(session?.expiry)
    session?.connection.close()
    kept.delete(key)
  }

  return {
    lease(user, call) {
      // An analyst can neither SET nor create anything, so a session would hold nothing for him; and readonly=1
      // cannot be taken back on a connection.
      if (!call.sessionId || user.role === 'analyst') {
        const connection = engine.connect()
        return { connection, fresh: true, kept: false, release: () => connection.close() }
      }
      const key = JSON.stringify([user.name, call.sessionId])
      const known = kept.get(key)
      if (known?.busy)
        throw new Failure(
          CODE.sessionLocked,
          `Session ${call.sessionId} is locked by a concurrent client. Send its queries one after the other, or use a session_id for each thread`,
        )
      if (!known && kept.size >= MAX_SESSIONS) {
        const idle = [...kept].find(([, session]) => !session.busy)
        if (idle) drop(idle[0])
      }
      const session = known ?? { connection: engine.connect(), busy: false, expiry: undefined }
      clearTimeout(session.expiry)
      session.busy = true
      kept.set(key, session)
      return {
        connection: session.connection,
        fresh: !known,
        kept: true,
        release() {
          session.busy = false
          session.expiry = setTimeout(() => drop(key), call.sessionTimeoutS * 1_000).unref()
        },
      }
    },
    close() {
      for (const key of [...kept.keys()]) drop(key)
    },
  }
}
