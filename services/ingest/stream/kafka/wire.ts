/**
 * A connection to a broker for requests of @platformatic/kafka's API. Its own connections make garbage of every chunk
 * that a socket reads; this one reads into memory that is used again.
 */
import { connect, type Socket } from 'node:net'
import { type Connection, Reader, Writer } from '@platformatic/kafka'
import type { Lease, LeasePool } from './leases.ts'

// A socket's reads, small enough to stay in the processor's cache until they are copied.
const READ_BYTES = 256 * 1024
const LENGTH_BYTES = 4
// A broker that has to say more than this at once says something else.
const LARGEST_ANSWER = 256 * 1024 * 1024

interface Waiting {
  apiKey: number
  apiVersion: number
  hasTags: boolean
  parse(correlation: number, key: number, version: number, reader: Reader): unknown
  done(error: Error | null, answer?: unknown): void
  timer: NodeJS.Timeout
}

export interface Wire {
  /** What requests of the library are made with. */
  connection: Connection
  readonly isOpen: boolean
  close(): void
}

/** The memory of the answer that a parser reads: one who keeps parts of it retains it. */
const leases = new WeakMap<Reader, Lease>()
export const leaseOf = (reader: Reader): Lease | undefined => leases.get(reader)

/** @throws when the broker cannot be reached within the limit */
export async function openWire(options: {
  host: string
  port: number
  clientId: string
  pool: LeasePool
  connectLimitMs: number
  requestLimitMs: number
}): Promise<Wire> {
  const { host, port, clientId, pool } = options
  const requests = new Map<number, Waiting>()
  const head = Buffer.alloc(LENGTH_BYTES)
  let headBytes = 0
  let lease: Lease | undefined
  let filled = 0
  let correlation = 0
  let isOpen = false

  const socket: Socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback(count, bytes) {
        take(bytes as Buffer, count)
        return true
      },
    },
  })

  function take(bytes: Buffer, count: number): void {
    let at = 0
    while (at < count) {
      if (!lease) {
        const part = Math.min(LENGTH_BYTES - headBytes, count - at)
        bytes.copy(head, headBytes, at, at + part)
        headBytes += part
        at += part
        if (headBytes < LENGTH_BYTES) return
        const size = head.readInt32BE(0)
        if (size < LENGTH_BYTES || size > LARGEST_ANSWER) {
          socket.destroy(new Error(`${host}:${port} does not answer as a Kafka broker does.`))
          return
        }
        lease = pool.take(size)
        filled = 0
        headBytes = 0
      }
      const part = Math.min(lease.bytes.length - filled, count - at)
      bytes.copy(lease.bytes, filled, at, at + part)
      filled += part
      at += part
      if (filled === lease.bytes.length) {
        const whole = lease
        lease = undefined
        answer(whole)
      }
    }
  }

  function answer(whole: Lease): void {
    const number = whole.bytes.readInt32BE(0)
    const request = requests.get(number)
    requests.delete(number)
    if (request) {
      clearTimeout(request.timer)
      const reader = Reader.from(whole.bytes)
      reader.position = LENGTH_BYTES
      leases.set(reader, whole)
      try {
        if (request.hasTags) reader.skip(1)
        request.done(null, request.parse(number, request.apiKey, request.apiVersion, reader))
      } catch (error) {
        request.done(error as Error)
      }
    }
    whole.release()
  }

  function fail(error: Error): void {
    isOpen = false
    for (const { done, timer } of requests.values()) {
      clearTimeout(timer)
      done(error)
    }
    requests.clear()
  }

  const transport: Pick<Connection, 'send'> = {
    send(apiKey, apiVersion, createPayload, parse, hasRequestTags, hasTags, done) {
      if (!isOpen) {
        done(new Error(`The connection to ${host}:${port} is closed.`))
        return
      }
      correlation = (correlation + 1) & 0x7fffffff
      const number = correlation
      const timer = setTimeout(() => {
        socket.destroy(new Error(`${host}:${port} did not answer within ${options.requestLimitMs} ms.`))
      }, options.requestLimitMs)
      requests.set(number, { apiKey, apiVersion, hasTags, parse, done: done as Waiting['done'], timer })
      const writer = Writer.create()
        .appendInt16(apiKey)
        .appendInt16(apiVersion)
        .appendInt32(number)
        .appendString(clientId, false)
      if (hasRequestTags) writer.appendTaggedFields()
      socket.write(writer.appendFrom(createPayload() as Writer).prependLength().buffer)
    },
  }

  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () =>
        socket.destroy(new Error(`${host}:${port} took no connection within ${options.connectLimitMs} ms.`)),
      options.connectLimitMs,
    )
    socket.once('connect', () => {
      clearTimeout(timer)
      isOpen = true
      resolve()
    })
    socket.on('error', (error) => {
      clearTimeout(timer)
      fail(error)
      reject(error)
    })
    socket.on('close', () => fail(new Error(`The connection to ${host}:${port} was closed.`)))
  })
  return {
    connection: transport as Connection,
    get isOpen() {
      return isOpen
    },
    close: () => socket.destroy(),
  }
}
