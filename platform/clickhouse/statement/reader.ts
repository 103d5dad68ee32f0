/**
 * From what a client sent to what will run: the normalised statement, with its result sent to a pipe, after it was judged.
 * It is read on a connection of its own, since the query's has limits that the reading would run into.
 */

import type { Call } from '../call.ts'
import { type Connection, type Engine, sentAs } from '../engine.ts'
import { CODE, Failure } from '../failure.ts'
import { checkFileFunction, checkStatement, mayReadFiles } from '../rights/rights.ts'
import type { User } from '../rights/users.ts'
import { normalise, readTree } from './reading.ts'
import { settingsOf, unbent } from './settings-clause.ts'
import { intoPipe, isStreamed, READING_KINDS, type Statement, statementOf } from './statement.ts'

// Services ask the same questions again and again, with other parameters. Longer texts are not worth their memory.
const REMEMBERED = 1_000
const REMEMBERED_LENGTH = 16_384

export interface Reading {
  statement: Statement
  /** What will run. */
  text: string
  /** By whose rights: an analyst's own query is found and stopped by ours. */
  rights: 'own' | 'service'
}

export interface Reader {
  /**
   * @param pipe where the engine writes the result of a statement that is streamed
   * @param isOwn whether a query of this id is one of the user's, and runs
   * @throws Failure 62, 164, 452, 497
   */
  read(options: {
    user: User
    call: Call
    sent: string
    pipe: string
    isOwn(queryId: string): boolean
  }): Promise<Reading>
}

export function createReader(engine: Engine): Reader {
  /** Statements of services by what was sent, the oldest first. */
  const remembered = new Map<string, Statement>()

  function remember(sent: string, statement: Statement) {
    if (sent.length > REMEMBERED_LENGTH) return
    remembered.set(sent, statement)
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value!)
  }

  const readOfService = async (user: User, sent: string, parameters: Call['parameters']) =>
    remembered.get(sent) ??
    engine.asReader(async (connection) => {
      const statement = statementOf(await normalise(connection, sent))
      if (mayReadFiles(statement.text))
        checkFileFunction(user, await readTree(connection, statement.text, parameters))
      remember(sent, statement)
      return statement
    })

  /** The engine reads a condition when it runs the query, so its tree is not in that of the query. */
  async function checkConditions(user: User, connection: Connection, text: string) {
    for (const { conditions } of settingsOf(text)?.flat() ?? [])
      for (const literal of conditions) {
        const condition = Buffer.from((await connection.run(`select ${literal}`, 'RawBLOB')).bytes)
        const query = await normalise(connection, `select (${condition.toString('utf8')})`)
        const tree = await readTree(connection, query, new Map())
        checkStatement({ user, text: query, tree, functions: engine.functions, pipe: undefined })
      }
  }

  return {
    async read({ user, call, sent, pipe, isOwn }) {
      if (user.role === 'service') {
        const statement = await readOfService(user, sent, call.parameters)
        refuseWriting(call, statement)
        return { statement, text: textOf(statement, call, pipe), rights: 'own' }
      }
      return engine.asReader(async (connection) => {
        const statement = statementOf(await normalise(connection, sent))
        refuseWriting(call, statement)
        const killed = killedBy(statement)
        // Normalised again with the pipe in it: one statement, whatever the parts that it was put together from.
        const text = await normalise(connection, textOf(statement, call, pipe))
        if (killed !== undefined && isOwn(killed)) return { statement, text, rights: 'service' }
        const tree = await readTree(connection, unbent(text), call.parameters)
        checkStatement({ user, text, tree, functions: engine.functions, pipe })
        await checkConditions(user, connection, text)
        return { statement, text, rights: 'own' }
      })
    },
  }
}

function textOf(statement: Statement, call: Call, pipe: string): string {
  if (isStreamed(statement)) return intoPipe(statement, pipe, formatOf(statement, call))
  // Clients kill by the query id that they gave; the engine knows it as log_comment.
  return statement.text.replace(
    KILL_BY_ID,
    (_, id: string, how = '') => `KILL QUERY WHERE ${sentAs(id)}${how}`,
  )
}

export const formatOf = (statement: Statement, call: Call) => statement.format ?? call.defaultFormat

/** The form in which drivers stop a query of theirs, and the only one in which an analyst may. */
const KILL_BY_ID = /^KILL QUERY WHERE query_id = '([^'\\]*)'( SYNC| ASYNC| TEST)?$/

function killedBy(statement: Statement): string | undefined {
  return KILL_BY_ID.exec(statement.text)?.[1]
}

function refuseWriting(call: Call, { kind }: Statement) {
  if (call.method === 'GET' && !READING_KINDS.has(kind)) refuseByGet()
}

export function refuseByGet(): never {
  throw new Failure(
    CODE.readonly,
    'Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries',
  )
}
