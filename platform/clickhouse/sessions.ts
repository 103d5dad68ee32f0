/** Connections that live on between the requests of one session_id: temporary tables and SET stay in them. */

import type { Call } from './call.ts'
import type { Connection, Engine } from './engine.ts'
import { CODE, Failure } from './failure.ts'
import type { User } from './rights/users.ts'

// A connection costs about 1 MB; a client that forgets its sessions must not pile them up. Each user has as many, so
// that nobody's session makes way for those of another.
const MAX_SESSIONS = 100

export interface Lease {
  connection: Connection
  /** False for a connection that the session has used before. */
  fresh: boolean
  /** True when the connection outlives the request, so that settings of the request have to be taken back. */
  isShared: boolean
  /** Says that the connection has its rights; one that has not when it is released is closed. */
  setUp(): void
  release(): void
}

export interface Sessions {
  lease(user: User, call: Call): Lease
  close(): void
}

interface Session {
  connection: Connection
  busy: boolean
  /** Whether it has its rights: what fails before leaves a connection that has those of a service. */
  isSetUp: boolean
  expiry: NodeJS.Timeout | undefined
}

export function createSessions(engine: Engine): Sessions {
  /** By user, then by session_id: rights are part of a connection, so none is shared. */
  const users = new Map<string, Map<string, Session>>()

  const drop = (sessions: Map<string, Session>, id: string) => {
    const session = sessions.get(id)
    clearTimeout(session?.expiry)
    session?.connection.close()
    sessions.delete(id)
  }

  return {
    lease(user, call) {
      const { sessionId } = call
      if (!sessionId) {
        const connection = engine.connect()
        return {
          connection,
          fresh: true,
          isShared: false,
          setUp: () => {},
          release: () => connection.close(),
        }
      }
      const sessions = users.get(user.name) ?? new Map<string, Session>()
      users.set(user.name, sessions)
      const entry = sessions.get(sessionId)
      if (!entry && call.sessionCheck)
        throw new Failure(
          CODE.sessionNotFound,
          `Session ${sessionId} not found. It has ended, or was not begun: leave out session_check to begin it`,
        )
      if (entry?.busy)
        throw new Failure(
          CODE.sessionLocked,
          `Session ${sessionId} is locked by a concurrent client. Send its queries one after the other, or use a session_id for each thread`,
        )
      if (!entry && sessions.size >= MAX_SESSIONS) {
        const idle = [...sessions].find(([, session]) => !session.busy)
        if (idle) drop(sessions, idle[0])
      }
      const session = entry ?? {
        connection: engine.connect(),
        busy: false,
        isSetUp: false,
        expiry: undefined,
      }
      clearTimeout(session.expiry)
      session.busy = true
      sessions.set(sessionId, session)
      return {
        connection: session.connection,
        fresh: !session.isSetUp,
        isShared: true,
        setUp() {
          session.isSetUp = true
        },
        release() {
          session.busy = false
          if (!session.isSetUp) {
            drop(sessions, sessionId)
            return
          }
          session.expiry = setTimeout(() => drop(sessions, sessionId), call.sessionTimeoutS * 1_000).unref()
        },
      }
    },
    close() {
      for (const sessions of users.values()) for (const id of [...sessions.keys()]) drop(sessions, id)
    },
  }
}
