import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogFile, readable } from './part-log.ts'

test('pino lines become text with their details', () => {
  const line =
    '{"level":40,"time":"2026-01-01T00:00:00.000Z","part":"ingest","topic":"pos-events","lag":{"3":12},"msg":"behind"}'
  expect(readable(line, 'pino')).toEqual({ level: 'warn', text: 'behind topic=pos-events lag={"3":12}' })
  const fault =
    '{"level":60,"part":"api","err":{"type":"Error","message":"port taken","stack":"..."},"msg":"stopping"}'
  expect(readable(fault, 'pino')).toEqual({ level: 'error', text: 'stopping: port taken' })
  expect(readable('SyntaxError: Unexpected token', 'pino')).toEqual({
    level: 'warn',
    text: 'SyntaxError: Unexpected token',
  })
})

test('levels of Kafka and SeaweedFS are read from their lines', () => {
  expect(readable('ERROR 2026-01-01T00:00:00.000Z LogManager: Disk error', 'log4j')).toEqual({
    level: 'error',
    text: 'LogManager: Disk error',
  })
  expect(readable('W1121 10:38:32.136041 client.go:247 connection failed', 'glog')).toEqual({
    level: 'warn',
    text: 'client.go:247 connection failed',
  })
  expect(readable('\tat java.base/java.lang.Thread.run', 'log4j').level).toBe('info')
})

test('of PostgreSQL a person sees what is wrong with the server, not what a client was refused', () => {
  const levelOf = (code: string, text: string) =>
    readable(`2026-01-01 00:00:00.000 UTC [7] ${code} ${text}`, 'postgres')
  expect(levelOf('00000', 'LOG:  ready')).toEqual({ level: 'info', text: 'ready' })
  expect(levelOf('23505', 'ERROR:  duplicate key').level).toBe('info')
  expect(levelOf('28P01', 'FATAL:  password authentication failed')).toEqual({
    level: 'warn',
    text: 'password authentication failed',
  })
  expect(levelOf('XX001', 'PANIC:  could not write').level).toBe('error')
  // It says so to each who asks while it starts.
  expect(levelOf('57P03', 'FATAL:  the database system is starting up').level).toBe('info')
  expect(readable('\tsee its documentation', 'postgres')).toEqual({
    level: 'info',
    text: '\tsee its documentation',
  })
})

test('a log file goes on where it was, and never outgrows its bound', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-log-'))
  try {
    const first = createLogFile(folder, 'kafka')
    first.write('one')
    first.close()
    const log = createLogFile(folder, 'kafka')
    log.write('two')
    expect(readFileSync(join(folder, 'kafka.log'), 'utf8')).toBe('one\ntwo\n')
    const megabyte = 'x'.repeat(2 ** 20)
    for (let written = 0; written < 25; written++) log.write(megabyte)
    log.close()
    for (const name of ['kafka.log', 'kafka.log.1']) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(11 * 2 ** 20)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
