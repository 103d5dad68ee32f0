/** From a request to the engine and back: who may, on which connection, with which settings, through which pipe. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '@shelfcast/runtime/log'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { Answer } from './answer.ts'
import { type Call, readBody, readCall } from './call.ts'
import type { Engine } from './engine.ts'
import { CODE, Failure, failureOf } from './failure.ts'
import { identifier, isSymbol, isWord, literal } from './lexer.ts'
import type { Pipes } from './pipes.ts'
import { checkSetting, checkStatement, databaseFor } from './rights.ts'
import { runInsert, runQuery, runStreamed } from './run.ts'
import { createSessions, type Lease } from './sessions.ts'
import { isStreamed, READING_KINDS, type Statement } from './statement.ts'
import { MAX_QUERIES } from './threads.ts'
import type { createUsers, User } from './users.ts'

const ANALYST_MAX_SECONDS = '300'
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
  pipes: Pipes
  users: ReturnType<typeof createUsers>
  registry: Registry
  log: Logger
}): Gateway {
  const { engine, pipes, users, log } = options
  const sessions = createSessions(engine)
  const running = new Map<string, Running>()
  const metrics = createMetrics(options.registry, running)

  async function cancel(queryId: string, entry: Running) {
    entry.cancelled = true
    while (!entry.ended) {
      await engine.kill(queryId)
      await wait(KILL_AGAIN_MS, undefined, { ref: false })
    }
  }

  function admit(user: User, call: Call): Running {
    if (running.has(call.queryId))
      throw new Failure(
        CODE.sameQueryIdRunning,
        `Query with id = ${call.queryId} is already running. Give each query an id of its own, or none`,
      )
    if (running.size >= MAX_QUERIES)
      throw new Failure(
        CODE.tooManySimultaneousQueries,
        `Too many simultaneous queries. Maximum: ${MAX_QUERIES}. Send it again when others have ended`,
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
    seen: { kind: string },
  ): Promise<void> {
    const user = users(request.headers, url)
    const call = readCall(request, url)
    answer.setQueryId(call.queryId)
    const body = await readBody(request, url, call)
    const { statement } = body
    seen.kind = statement.kind
    for (const [name, value] of call.settings) checkSetting(user, name, value)
    if (!ownKill(user, statement)) {
      const databases = user.role === 'analyst' ? await engine.databases() : new Set<string>()
      checkStatement(user, statement, { tableFunctions: engine.tableFunctions, databases })
    }
    if (call.method === 'GET' && !READING_KINDS.has(statement.kind))
      throw new Failure(
        CODE.readonly,
        'Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries',
      )

    const entry = admit(user, call)
    const onClose = () => {
      if (response.writableFinished) return
      cancel(call.queryId, entry).catch((error) => log.warn({ err: error }, 'a query could not be cancelled'))
    }
    response.once('close', onClose)
    let lease: Lease | undefined
    try {
      lease = sessions.lease(user, call)
      const { connection } = lease
      const setup = setupOf(user, call, lease)
      await connection.run(setup.before)
      if (entry.cancelled)
        throw new Failure(CODE.queryCancelled, 'The client went away before the query began')
      try {
        const cancelNow = () => engine.kill(call.queryId)
        if (statement.data) await runInsert({ connection, pipes, body, answer, cancelNow })
        else if (isStreamed(statement)) await runStreamed({ connection, pipes, statement, call, answer })
        else await runQuery({ connection, text: rewriteKill(statement), statement, call, answer })
      } finally {
        if (lease.kept && setup.after) await connection.run(setup.after)
      }
    } finally {
      entry.ended = true
      running.delete(call.queryId)
      response.off('close', onClose)
      lease?.release()
    }
    answer.end()
  }

  /** An analyst may stop a query of his own, by the id that he gave it. */
  function ownKill(user: User, statement: Statement): boolean {
    const [kill, query, where, field, equals, id, ...rest] = statement.tokens
    const exact =
      isWord(kill, 'kill') &&
      isWord(query, 'query') &&
      isWord(where, 'where') &&
      isWord(field, 'query_id') &&
      isSymbol(equals, '=') &&
      id?.kind === 'string' &&
      rest.every((token) => isWord(token, 'sync', 'async', 'test'))
    return exact && running.get(id.text.slice(1, -1))?.user === user.name
  }

  return {
    async handle(request, response, url) {
      const answer = new Answer(request, response, engine.version)
      const time = process.hrtime.bigint()
      const seen = { kind: 'none' }
      let outcome = 'ok'
      try {
        await serve(request, response, url, answer, seen)
      } catch (error) {
        const failure = failureOf(error)
        outcome = answer.gone ? 'client gone' : String(failure.code)
        if (!(error instanceof Failure) && !answer.gone) log.error({ err: error }, 'a request failed')
        else log.debug({ code: failure.code, message: failure.message }, 'a query failed')
        answer.fail(failure)
      }
      metrics.observe(seen.kind, outcome, Number(process.hrtime.bigint() - time) / 1e9)
    },
    async stop() {
      const limit = Date.now() + STOP_GRACE_MS
      while (running.size > 0 && Date.now() < limit) await wait(20)
      await Promise.all([...running].map(([queryId, entry]) => cancel(queryId, entry)))
      sessions.close()
    },
  }
}

/** What is set on the connection before the statement, and taken back after it where the connection lives on. */
function setupOf(user: User, call: Call, lease: Lease): { before: string; after: string } {
  const settings = new Map(call.settings)
  const readonly = settings.get('readonly')
  settings.delete('readonly')
  if (user.role === 'analyst' && !settings.has('max_execution_time'))
    settings.set('max_execution_time', ANALYST_MAX_SECONDS)

  const assignments = [
    ...[...call.parameters].map(([name, value]) => `param_${name} = ${literal(value)}`),
    ...[...settings].map(([name, value]) => `${name} = ${literal(value)}`),
    `log_comment = ${literal(call.queryId)}`,
  ]
  const statements = []
  if (lease.fresh || call.database) statements.push(`use ${identifier(databaseFor(user, call.database))}`)
  statements.push(`set ${assignments.join(', ')}`)
  // Last, since nothing can be set after it. A connection that lives on could never be freed of it; there GET is
  // held to reading statements by their kind alone.
  if (user.role === 'analyst') statements.push('set readonly = 1')
  else if (readonly && !lease.kept) statements.push(`set readonly = ${literal(readonly)}`)
  else if (call.method === 'GET' && !lease.kept) statements.push('set readonly = 2')
  return {
    before: statements.join(';\n'),
    after:
      settings.size > 0 ? `set ${[...settings.keys()].map((name) => `${name} = default`).join(', ')}` : '',
  }
}

/** Clients kill by the query id that they gave; the engine knows it as log_comment. */
function rewriteKill(statement: Statement): string {
  if (statement.kind !== 'kill') return statement.text
  let text = ''
  let at = 0
  for (const token of statement.tokens) {
    if (!isWord(token, 'query_id')) continue
    text += `${statement.text.slice(at, token.start)}Settings['log_comment']`
    at = token.end
  }
  return text + statement.text.slice(at)
}

const KINDS = new Set([
  'select',
  'insert',
  'show',
  'describe',
  'create',
  'alter',
  'drop',
  'kill',
  'set',
  'none',
])

function createMetrics(registry: Registry, running: ReadonlyMap<string, unknown>) {
  const registers = [registry]
  const queries = new Counter({
    name: 'warehouse_queries_total',
    help: 'Queries by kind of statement and outcome: ok, client gone, or the error code',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'warehouse_query_seconds',
    help: 'Time from the request to the end of the answer',
    labelNames: ['kind'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  })
  new Gauge({
    name: 'warehouse_queries_running',
    help: 'Queries that run now',
    registers,
    collect() {
      this.set(running.size)
    },
  })
  return {
    observe(kind: string, outcome: string, duration: number) {
      const label = KINDS.has(kind) ? kind : 'other'
      queries.inc({ kind: label, outcome })
      seconds.observe({ kind: label }, duration)
    },
  }
}
