/** From a request to the engine and back: who may, on which connection, with which settings, through which pipe. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '@shelfcast/runtime/log'
import type { Registry } from 'prom-client'
import { Answer } from './answer.ts'
import { type Body, type Call, readBody, readCall } from './call.ts'
import type { DiskRoom } from './disk-room.ts'
import type { Engine } from './engine.ts'
import { CODE, Failure, failureOf } from './failure.ts'
import { createMetrics } from './metrics.ts'
import { CEILINGS } from './rights/analyst.ts'
import { createPlaces } from './rights/places.ts'
import { checkUrlSetting, refuseWrite } from './rights/rights.ts'
import { prepare } from './rights/setup.ts'
import type { createUsers, User } from './rights/users.ts'
import { runInsert, runQuery, runStreamed } from './run.ts'
import { createSessions, type Lease } from './sessions.ts'
import { createReader, formatOf, refuseByGet } from './statement/reader.ts'
import { isStreamed } from './statement/statement.ts'
import type { Pipes } from './wire/pipes.ts'

// The engine's own limit does not end a query whose client takes its answer drop by drop.
const ANALYST_HOLD_MS = (CEILINGS.max_execution_time.most + 60) * 1_000
// A statement that was just sent is not yet among those that can be killed.
const KILL_AGAIN_MS = 250
const STOP_GRACE_MS = 5_000

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse, url: URLSearchParams): Promise<void>
  /** Lets running queries end for a while, then cancels them. */
  stop(): Promise<void>
}

interface Running {
  user: string
  cancelled: boolean
  ended: boolean
}

export function createGateway(options: {
  engine: Engine
  diskRoom: DiskRoom
  pipes: Pipes
  users: ReturnType<typeof createUsers>
  registry: Registry
  log: Logger
}): Gateway {
  const { engine, diskRoom, pipes, users, log } = options
  const sessions = createSessions(engine)
  const reader = createReader(engine)
  const running = new Map<string, Running>()
  const places = createPlaces()
  const metrics = createMetrics(options.registry, places)

  async function cancel(queryId: string, entry: Running) {
    entry.cancelled = true
    while (!entry.ended) {
      await engine.kill(queryId)
      await wait(KILL_AGAIN_MS, undefined, { ref: false })
    }
  }

  /** @throws Failure 216 when a query of this id runs */
  function enter(user: User, call: Call): Running {
    if (running.has(call.queryId))
      throw new Failure(
        CODE.sameQueryIdRunning,
        `Query with id = ${call.queryId} is already running. Give each query an id of its own, or none`,
      )
    const entry = { user: user.name, cancelled: false, ended: false }
    running.set(call.queryId, entry)
    return entry
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    url: URLSearchParams,
    answer: Answer,
    observation: { kind: string },
  ): Promise<void> {
    const user = users(request.headers, url)
    const call = readCall(request, url)
    answer.setQueryId(call.queryId)
    for (const [name, value] of call.settings) checkUrlSetting(user, name, value)
    const body = await readBody(request, url, call, user)
    if (body.insert) refuseInsert(user, call)

    const entry = enter(user, call)
    const gone = new AbortController()
    const onClose = () => {
      if (response.writableFinished) return
      gone.abort()
      cancel(call.queryId, entry).catch((error) => log.warn({ err: error }, 'a query could not be cancelled'))
    }
    response.once('close', onClose)
    const hold =
      user.role === 'analyst' ? setTimeout(() => response.destroy(), ANALYST_HOLD_MS).unref() : undefined
    let leave: (() => void) | undefined
    let lease: Lease | undefined
    try {
      leave = await places.take(user.role, gone.signal)
      lease = sessions.lease(user, call)
      const restore = await prepare(user, call, lease)
      if (entry.cancelled)
        throw new Failure(CODE.queryCancelled, 'The client went away before the query began')
      try {
        await run({ user, call, lease, body, answer, observation })
      } finally {
        await restore()
      }
    } finally {
      clearTimeout(hold)
      entry.ended = true
      running.delete(call.queryId)
      response.off('close', onClose)
      lease?.release()
      leave?.()
    }
    answer.end()
  }

  async function run(options: {
    user: User
    call: Call
    lease: Lease
    body: Body
    answer: Answer
    observation: { kind: string }
  }): Promise<void> {
    const { user, call, body, answer, observation } = options
    const { connection } = options.lease
    if (body.insert) {
      observation.kind = 'insert'
      await runInsert({ connection, pipes, body, answer, cancelNow: () => engine.kill(call.queryId) })
      return
    }
    const isOwn = (queryId: string) => running.get(queryId)?.user === user.name
    const pipe = pipes.take()
    try {
      const { statement, text, rights } = await reader.read({ user, call, sent: body.text, pipe, isOwn })
      observation.kind = statement.kind
      diskRoom.check(statement.kind)
      const format = formatOf(statement, call)
      if (isStreamed(statement)) await runStreamed({ connection, pipe, text, format, call, answer })
      else if (rights === 'own') await runQuery({ connection, text, format, call, answer })
      else await engine.asService((own) => runQuery({ connection: own, text, format, call, answer }))
    } finally {
      pipes.giveBack(pipe)
    }
  }

  return {
    async handle(request, response, url) {
      const answer = new Answer(request, response, engine.version)
      const time = process.hrtime.bigint()
      const observation = { kind: 'none' }
      let outcome = 'ok'
      try {
        await serve(request, response, url, answer, observation)
      } catch (error) {
        const failure = failureOf(error)
        outcome = answer.gone ? 'client gone' : String(failure.code)
        if (!(error instanceof Failure) && !answer.gone) log.error({ err: error }, 'a request failed')
        else log.debug({ code: failure.code, message: failure.message }, 'a query failed')
        answer.fail(failure)
      }
      metrics.observe(observation.kind, outcome, Number(process.hrtime.bigint() - time) / 1e9)
    },
    async stop() {
      const limit = Date.now() + STOP_GRACE_MS
      while (running.size > 0 && Date.now() < limit) await wait(20)
      await Promise.all([...running].map(([queryId, entry]) => cancel(queryId, entry)))
      sessions.close()
    },
  }
}

function refuseInsert(user: User, call: Call) {
  if (user.role === 'analyst') refuseWrite(user)
  if (call.method === 'GET') refuseByGet()
}
