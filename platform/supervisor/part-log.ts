/** What a part writes: kept in a file of bounded size, and made readable for the terminal. */
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A part's log is at most this long, twice: the present file and the one before it. */
const FILE_BYTES = 10 * 2 ** 20

/** How much of one detail the terminal shows. */
const DETAIL_LETTERS = 200

export type Level = 'debug' | 'info' | 'warn' | 'error'
/** How a part writes: pino's JSON, Kafka's log4j2.xml, glog as SeaweedFS does, as Spark or as PostgreSQL does. */
export type LogFormat = 'pino' | 'log4j' | 'glog' | 'spark' | 'postgres'

export interface LogLine {
  level: Level
  text: string
}

/** Appends to logs/NAME.log, and starts a new file when it is full. */
export function createLogFile(folder: string, name: string): { write(line: string): void; close(): void } {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.log`)
  let file = openSync(path, 'a', 0o600)
  let size = statSync(path).size
  return {
    write(line) {
      size += writeSync(file, `${line}\n`)
      if (size < FILE_BYTES) return
      closeSync(file)
      renameSync(path, `${path}.1`)
      file = openSync(path, 'a', 0o600)
      size = 0
    },
    close: () => closeSync(file),
  }
}

/** A line of a part as a person reads it. */
export function readable(line: string, format: LogFormat): LogLine {
  if (format === 'pino') return fromPino(line)
  if (format === 'postgres') return fromPostgres(line)
  const match = HEADS[format].exec(line)
  // Lines without a head go on from the one before: stack traces, banners.
  if (!match) return { level: 'info', text: line }
  return { level: LEVELS[match[1]!] ?? 'info', text: match[2]! }
}

const LOG4J = /^(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) \S+ (.*)$/
const GLOG = /^([IWEF])\d{4} [\d:.]+ +(.*)$/
const SPARK = /^\d\d\/\d\d\/\d\d [\d:]+ (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) (.*)$/
const HEADS = { log4j: LOG4J, glog: GLOG, spark: SPARK }
const LEVELS: Record<string, Level> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  W: 'warn',
  E: 'error',
  F: 'error',
}

/** With the code of the error, as infra/postgres/postgresql.conf has it. */
const POSTGRES = /^\S+ \S+ \S+ \[\d+\] (\w{5}) ([A-Z]+): +(.*)$/
/** Said to each who asks while it starts or stops. */
const STARTING = '57P03'
/** An error is told to the client that made it, who says what follows from it. */
const POSTGRES_LEVELS: Record<string, Level> = { WARNING: 'warn', FATAL: 'warn', PANIC: 'error' }

function fromPostgres(line: string): LogLine {
  const [, code, word, text] = POSTGRES.exec(line) ?? []
  // Lines without a head go on from the one before: hints, the statement.
  if (word === undefined || text === undefined) return { level: 'info', text: line }
  return { level: code === STARTING ? 'info' : (POSTGRES_LEVELS[word] ?? 'info'), text }
}

function fromPino(line: string): LogLine {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    // Not through the logger: Node's own words about a crash.
    return { level: 'warn', text: line }
  }
  const { level, time: _time, part: _part, msg, err, ...details } = entry
  const cause = (err as { message?: string } | undefined)?.message
  const text = [
    [msg, cause].filter((each) => each !== undefined).join(': '),
    ...Object.entries(details).map(([name, value]) => `${name}=${detail(value)}`),
  ].join(' ')
  const number = Number(level)
  return { level: number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info' : 'debug', text }
}

/** A value in one short line; stacks and the rest are in the part's log file. */
function detail(value: unknown): string {
  const text =
    typeof value === 'object'
      ? JSON.stringify(value, (key, inner: unknown) => (key === 'stack' ? undefined : inner))
      : String(value)
  return text.length > DETAIL_LETTERS ? `${text.slice(0, DETAIL_LETTERS)}…` : text
}
