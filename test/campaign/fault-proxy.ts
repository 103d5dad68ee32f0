/**
 * Stands between a service and a store, byte for byte, and does on demand what networks and stores do: refuse, answer
 * 503, be slow, say nothing, break off in mid-request or before the answer. It knows requests by what their bytes say
 * (HTTP/1.1, one request at a time on a connection), and changes none of them, so signatures stay good.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * - `passing`: as if it were not there
 * - `refusing`: nobody listens, and what was connected is reset
 * - `unavailable`: answers 503 to each request
 * - `slow`: each piece of a request or an answer waits
 * - `silent`: accepts, reads, and never answers; what was connected freezes
 */
export type Mode = 'passing' | 'refusing' | 'unavailable' | 'slow' | 'silent'
export type Moment = 'request' | 'answer'

export interface FaultProxy {
  /** Takes the place of the store's own address. */
  readonly url: string
  /** Frozen connections are reset when it passes again, as a router does that has forgotten them. */
  set(mode: Mode): Promise<void>
  /** Resolves as the next such request is passed on, or as its answer arrives. */
  moment(when: Moment, what: RegExp): Promise<void>
  /** Breaks off the next such request: somewhere in its middle, or when its answer arrives. Resolves when it is done. */
  cut(where: Moment, what: RegExp): Promise<void>
  close(): Promise<void>
}

/** Somebody waits for a request. */
interface Watch {
  what: RegExp
  when: Moment
  cuts: boolean
  done(): void
}

/** One connection of the service, and its counterpart to the store. */
interface Link {
  client: Socket
  store: Socket
  /** Who waits for the answer to the request under way. */
  awaited: Watch[]
  /** The request under way is broken off after so many more bytes. */
  cut?: { after: number; done(): void }
  /** What was read is passed on in its order, however slowly. */
  toStore: Promise<void>
  toClient: Promise<void>
}

const BODY = '<Error><Code>ServiceUnavailable</Code><Message>try again</Message></Error>'
const UNAVAILABLE =
  'HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/xml\r\nconnection: close\r\n' +
  `content-length: ${BODY.length}\r\n\r\n${BODY}`
const REQUEST = /^(GET|HEAD|PUT|POST|DELETE) \S+ HTTP\/1\.1\r\n/
/** Of each piece, what is searched: heads and statements are shorter. */
const SEARCHED_BYTES = 8_192

/**
 * @param target address of the store
 * @param slowMs how long each piece waits while it is slow
 * @param pick a whole number from 0 to before its argument: where to cut
 */
export async function createFaultProxy(
  target: string,
  slowMs: number,
  pick: (below: number) => number,
): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const links = new Set<Link>()
  const watches = new Set<Watch>()
  let mode: Mode = 'passing'

  function open(client: Socket): void {
    const store = connect(Number(port), hostname)
    const link: Link = { client, store, awaited: [], toStore: Promise.resolve(), toClient: Promise.resolve() }
    links.add(link)
    for (const socket of [client, store]) {
      socket.setNoDelay()
      // A close follows each error.
      socket.on('error', () => undefined)
    }
    client.on('data', (bytes) => {
      link.toStore = link.toStore.then(() => passRequest(link, bytes))
    })
    store.on('data', (bytes) => {
      link.toClient = link.toClient.then(() => passAnswer(link, bytes))
    })
    client.on('close', () => link.toStore.then(() => end(link)))
    store.on('close', () => link.toClient.then(() => mode !== 'silent' && end(link)))
  }

  async function passRequest(link: Link, bytes: Buffer): Promise<void> {
    if (mode === 'silent' || !links.has(link)) return
    if (mode === 'unavailable') {
      link.client.end(UNAVAILABLE)
      return
    }
    if (mode === 'slow') await delay(slowMs)
    const text = bytes.subarray(0, SEARCHED_BYTES).toString('latin1')
    if (REQUEST.test(text)) link.awaited = []
    for (const watch of watches) {
      if (!watch.what.test(text)) continue
      watches.delete(watch)
      if (watch.when === 'answer') link.awaited.push(watch)
      else if (watch.cuts) link.cut = { after: 1 + pick(lengthOf(text, bytes) - 1), done: watch.done }
      else watch.done()
    }
    if (link.cut && bytes.byteLength >= link.cut.after) {
      link.store.write(bytes.subarray(0, link.cut.after), () => reset(link))
      link.cut.done()
      return
    }
    if (link.cut) link.cut.after -= bytes.byteLength
    link.store.write(bytes)
  }

  async function passAnswer(link: Link, bytes: Buffer): Promise<void> {
    if (mode === 'silent' || !links.has(link)) return
    if (mode === 'slow') await delay(slowMs)
    const awaited = link.awaited.splice(0)
    for (const watch of awaited) watch.done()
    if (awaited.some(({ cuts }) => cuts)) reset(link)
    else link.client.write(bytes)
  }

  /** Who waited for the answer to a request that gets none waits for that of the next one. */
  function leave(link: Link): void {
    links.delete(link)
    for (const watch of link.awaited.splice(0)) watches.add(watch)
  }

  function end(link: Link): void {
    leave(link)
    link.client.destroy()
    link.store.destroy()
  }

  function reset(link: Link): void {
    leave(link)
    link.client.resetAndDestroy()
    link.store.resetAndDestroy()
  }

  function watch(when: Moment, what: RegExp, cuts: boolean): Promise<void> {
    return new Promise((done) => watches.add({ what, when, cuts, done }))
  }

  let server = await listen(open, 0)
  const own = (server.address() as AddressInfo).port

  async function stopListening(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const link of links) reset(link)
    await closed
  }

  return {
    url: `http://127.0.0.1:${own}`,
    async set(next) {
      const before = mode
      mode = next
      if (before === next) return
      if (next === 'refusing') await stopListening()
      else if (before === 'refusing') server = await listen(open, own)
      else if (before === 'silent') for (const link of links) reset(link)
    },
    moment: (when, what) => watch(when, what, false),
    cut: (where, what) => watch(where, what, true),
    close: stopListening,
  }
}

/** Bytes of the request whose head a piece begins with, or of the piece where the head tells no length. */
function lengthOf(text: string, bytes: Buffer): number {
  const head = text.indexOf('\r\n\r\n')
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]
  if (!REQUEST.test(text) || head === -1 || length === undefined) return bytes.byteLength
  return head + 4 + Number(length)
}

async function listen(open: (client: Socket) => void, port: number): Promise<Server> {
  // Another process may hold the port as the near end of a connection, for the moment that a request takes.
  for (let attempt = 1; ; attempt++) {
    const server = createServer(open).listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
      return server
    } catch (error) {
      if (attempt === 50) throw error
      await delay(100)
    }
  }
}
