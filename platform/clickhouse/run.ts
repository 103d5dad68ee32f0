/**
 * Running one statement on a connection: a streamed result, rows of an INSERT, or a short answer. The answer is left
 * open, so that it ends when everything of the query is free again: a client may send the next one at once.
 */

import type { Answer } from './answer.ts'
import type { Body, Call } from './call.ts'
import type { Connection } from './engine.ts'
import { Failure } from './failure.ts'
import { fromPipe } from './statement/statement.ts'
import { frameResult } from './wire/native-frames.ts'
import { openResult, openRows, type Pipes } from './wire/pipes.ts'

type Result = Awaited<ReturnType<Connection['run']>>

/** The head of an INSERT is a latin1 text whose characters are the bytes of UTF-8. */
const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8')
const bytesAsText = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

const summaryOf = (result: Result) => ({
  rowsRead: result.rows,
  bytesRead: result.size,
  seconds: result.seconds,
})
const NOTHING_YET = { rowsRead: 0, bytesRead: 0, seconds: 0 }

/** A query whose result goes through a pipe, so that it may be of any size and in any format. */
export async function runStreamed(options: {
  connection: Connection
  /** The statement, which writes its result to this pipe. */
  text: string
  pipe: string
  format: string
  call: Call
  answer: Answer
}): Promise<void> {
  const { connection, text, pipe, format, call, answer } = options
  const { stream, finish } = openResult(pipe)
  const settlement = settle(connection.run(text).finally(finish))
  try {
    // The last chunk is held back, so that an error of a short query still has a status of its own.
    let tail: Buffer | undefined
    const whole = settlement.then(({ ok }) => ok)
    for await (const chunk of frameResult(stream, format, call.revision, whole)) {
      if (answer.gone) break
      if (tail) {
        if (!answer.started) answer.begin(NOTHING_YET, { format, encoding: call.encoding })
        await answer.write(tail)
      }
      tail = chunk
    }
    finish()
    const outcome = await settlement
    if (!outcome.ok) {
      if (answer.started && tail) await answer.write(tail)
      throw withoutPipe(outcome.failure, pipe)
    }
    if (!answer.started) answer.begin(summaryOf(outcome.result), { format, encoding: call.encoding })
    if (tail) await answer.write(tail)
  } finally {
    finish()
    stream.destroy()
    await settlement
  }
}

/** An INSERT whose rows follow the statement. */
export async function runInsert(options: {
  connection: Connection
  pipes: Pipes
  body: Extract<Body, { insert: object }>
  answer: Answer
  /** Stops the statement at the engine. */
  cancelNow(): Promise<void>
}): Promise<void> {
  const { connection, pipes, body, answer, cancelNow } = options
  const pipe = pipes.take()
  const run = connection.run(utf8(fromPipe(body.insert, bytesAsText(pipe))))
  const settlement = settle(run)
  try {
    const sink = await openRows(pipe, run)
    let broken: unknown
    if (sink) {
      // The engine closes its end when it fails; its own error says why.
      sink.on('error', () => {})
      try {
        await send(sink, body.rows)
      } catch (error) {
        // The client went away or its body is damaged. The end of the pipe would look like the end of the rows, so
        // the statement is stopped first.
        broken = error
        await cancelNow()
      }
      sink.end()
    }
    const outcome = await settlement
    if (broken) throw broken
    if (!outcome.ok) throw withoutPipe(outcome.failure, pipe)
    const { rows, size, seconds } = outcome.result
    answer.begin({ rowsRead: rows, bytesRead: size, rowsWritten: rows, bytesWritten: size, seconds })
  } finally {
    await settlement
    pipes.giveBack(pipe)
  }
}

async function send(
  sink: NonNullable<Awaited<ReturnType<typeof openRows>>>,
  rows: Extract<Body, { insert: object }>['rows'],
) {
  const write = async (chunk: Buffer) => {
    if (sink.destroyed || sink.write(chunk)) return
    await new Promise<void>((resolve) => {
      const resume = () => {
        sink.off('drain', resume)
        sink.off('close', resume)
        resolve()
      }
      sink.on('drain', resume)
      sink.on('close', resume)
    })
  }
  if (rows.first.length > 0) await write(rows.first)
  if (rows.complete) return
  for (let next = await rows.rest.next(); !next.done; next = await rows.rest.next()) {
    if (sink.destroyed) return
    await write(next.value)
  }
}

/** A statement whose answer is short: DDL, SET, INSERT ... SELECT, KILL. */
export async function runQuery(options: {
  connection: Connection
  text: string
  format: string
  call: Call
  answer: Answer
}): Promise<void> {
  const { connection, text, format, call, answer } = options
  const result = await connection.run(text, format)
  const bytes = Buffer.from(result.bytes)
  if (bytes.length === 0) answer.begin(summaryOf(result))
  else {
    answer.begin(summaryOf(result), { format, encoding: call.encoding })
    for await (const chunk of frameResult([bytes], format, call.revision)) await answer.write(chunk)
  }
}

type Outcome = { ok: true; result: Result } | { ok: false; failure: unknown }

/** A promise that never rejects, so that it can be awaited more than once and late. */
function settle(promise: Promise<Result>): Promise<Outcome> {
  return promise.then(
    (result) => ({ ok: true, result }),
    (failure) => ({ ok: false, failure }),
  )
}

/** The error in terms of the client's own statement. */
function withoutPipe(error: unknown, pipe: string): unknown {
  if (!(error instanceof Failure)) return error
  const message = error.message
    .replace(/\s*(into outfile|from infile) '[^']*'( truncate)? compression 'none'( format `?\w+`?)?/gi, '')
    .replaceAll(pipe, 'the body')
  return new Failure(error.code, message)
}
