/**
 * PostgreSQL's protocol on a socket, in front of PGlite. It checks the password, which PGlite has no notion of, and gives
 * the connections turns: PGlite has one session, so whoever begins a transaction keeps the turn until it ends.
 *
 * What connections still share, other than with a server: settings made by SET, temporary tables, LISTEN.
 * COPY over the connection and cancelling a query are not there.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '@shelfcast/runtime/log'
import { Gauge, Histogram, type Registry } from 'prom-client'
import {
  ANSWERED,
  ASK_FOR_PASSWORD,
  createReader,
  encode,
  endsIdle,
  fatal,
  type Message,
  ONLY_3_0,
  type Opening,
  ProtocolFault,
  textOf,
  welcome,
} from './messages.ts'
import { createNames } from './names.ts'
import type { Store } from './store.ts'
import { createTurns } from './turns.ts'

const MAX_CONNECTIONS = 64
const SIGN_IN_LIMIT_MS = 10_000

export interface Gateway {
  readonly server: Server
  /** Until it is called, clients are told that the database is starting. */
  serve(store: Store): void
  /** The store, with nobody's transaction under way. */
  alone(work: (store: Store) => Promise<void>): Promise<void>
  /** Whether anything was asked since the last call. */
  wasUsed(): boolean
  /** Ends all connections; transactions under way are rolled back. */
  stop(): Promise<void>
}

export function createGateway(options: {
  user: string
  password: string
  database: string
  /** How long a transaction may hold its turn while its client says nothing. */
  idleLimitMs: number
  registry: Registry
  log: Logger
}): Gateway {
  const { user, database, log } = options
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const wanted = digest(options.password)
  const turns = createTurns()
  /** Ends each connection that is open. */
  const closers = new Set<() => Promise<void>>()
  let store: Store | undefined
  let stopping = false
  let used = false
  let count = 0

  const registers = [options.registry]
  new Gauge({
    name: 'operational_connections',
    help: 'Connections that are open',
    registers,
    collect() {
      this.set(closers.size)
    },
  })
  new Gauge({
    name: 'operational_waiting',
    help: 'Connections that wait for their turn',
    registers,
    collect() {
      this.set(turns.waiting)
    },
  })
  const seconds = new Histogram({
    name: 'operational_query_seconds',
    help: 'Time in the database, without waiting for the turn',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })

  function connect(socket: Socket) {
    const id = ++count
    const names = createNames(id)
    const reader = createReader()
    let phase: 'startup' | 'password' | 'open' = 'startup'
    let batch: Buffer[] = []
    const batches: Buffer[] = []
    let holds = false
    let closed = false
    let idle: NodeJS.Timeout | undefined
    let working = Promise.resolve()
    const hurry = setTimeout(
      () => refuse('08P01', 'The sign-in took longer than 10 s.'),
      SIGN_IN_LIMIT_MS,
    ).unref()

    const refuse = (code: string, message: string) => {
      clearTimeout(hurry)
      closed = true
      socket.end(fatal(code, message))
    }

    function open(opening: Opening) {
      if (opening.kind === 'cancel') return void socket.end()
      if (opening.kind === 'encryption') return void socket.write('N')
      const given = opening.parameters
      if (stopping) return refuse('57P03', 'the database system is shutting down')
      if (closers.size > MAX_CONNECTIONS) return refuse('53300', 'sorry, too many clients already')
      if (given.get('user') !== user) return refuse('28P01', wrongPassword(given.get('user')))
      const name = given.get('database') ?? user
      if (name !== database) return refuse('3D000', `database "${name}" does not exist`)
      if (opening.minor > 0) socket.write(ONLY_3_0)
      phase = 'password'
      socket.write(ASK_FOR_PASSWORD)
    }

    function signIn(message: Message) {
      if (message.type !== 'p') return refuse('08P01', 'A password was asked for.')
      if (!timingSafeEqual(digest(textOf(message)), wanted)) {
        log.warn({ connection: id }, 'a wrong password was refused')
        return refuse('28P01', wrongPassword(user))
      }
      if (!store) return refuse('57P03', 'the database system is starting up')
      clearTimeout(hurry)
      phase = 'open'
      socket.write(welcome(store.settings, id))
    }

    function take(message: Message) {
      if (message.type === 'X') return void working.then(() => socket.end())
      batch.push(names.toDatabase(message))
      if (!ANSWERED.includes(message.type)) return
      batches.push(Buffer.concat(batch))
      batch = []
      if (batches.length === 1) working = working.then(work)
    }

    async function work() {
      while (batches.length > 0 && !closed) {
        clearTimeout(idle)
        if (!holds) {
          await turns.take()
          holds = true
        }
        // Whoever has gone meanwhile is not waited for.
        if (closed || !store) break
        used = true
        const end = seconds.startTimer()
        const answer = await store.execute(batches[0]!)
        end()
        batches.shift()
        if (endsIdle(answer)) leave()
        else if (!closed) idle = setTimeout(tooLong, options.idleLimitMs).unref()
        // A client that does not read holds up nobody but itself.
        if (!socket.write(answer) && !closed) await drained(socket)
      }
    }

    function leave() {
      holds = false
      turns.leave()
    }

    function tooLong() {
      log.warn({ connection: id }, 'a transaction stood still and is rolled back')
      refuse('25P03', 'terminating connection due to idle-in-transaction timeout')
      void close()
    }

    /** The connection is over: what it left under way is undone. */
    function close(): Promise<void> {
      if (stopping && !closed) refuse('57P01', 'terminating connection due to administrator command')
      closed = true
      clearTimeout(hurry)
      clearTimeout(idle)
      if (!closers.delete(close)) return working
      working = working.then(async () => {
        const left = names.closing()
        if (!store || (!holds && left.length === 0)) return
        if (!holds) await turns.take()
        await store.execute(encode('Q', 'rollback'))
        if (left.length > 0) await store.execute(Buffer.concat([...left, encode('S')]))
        leave()
      })
      return working
    }

    closers.add(close)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      reader.add(chunk)
      try {
        while (!closed) {
          if (phase === 'startup') {
            const opening = reader.opening()
            if (!opening) return
            open(opening)
          } else {
            const message = reader.message(phase === 'open')
            if (!message) return
            if (phase === 'password') signIn(message)
            else take(message)
          }
        }
      } catch (error) {
        if (!(error instanceof ProtocolFault)) throw error
        refuse('08P01', error.message)
      }
    })
    // A connection that breaks is closed too, which is handled.
    socket.on('error', (error) => log.debug({ err: error, connection: id }, 'connection broke'))
    socket.on('close', () => void close())
  }

  const server = createServer(connect)
  return {
    server,
    serve(opened) {
      store = opened
    },
    async alone(work) {
      await turns.take()
      try {
        if (store) await work(store)
      } finally {
        turns.leave()
      }
    },
    wasUsed() {
      const was = used
      used = false
      return was
    },
    async stop() {
      stopping = true
      server.close()
      await Promise.all([...closers].map((end) => end()))
    },
  }
}

function wrongPassword(user = ''): string {
  return `password authentication failed for user "${user}"`
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve)
    socket.once('close', () => resolve())
  })
}
