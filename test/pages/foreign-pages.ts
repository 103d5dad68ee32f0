/** What a page of another site can make a browser ask of each port of this machine, and what would show that it did. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { DirectorState } from '@shelfcast/contracts/twin'
import { createOperational } from '@shelfcast/operational/client'
import { PARTS } from '@shelfcast/platform/parts/parts'
import type { Stack } from '@shelfcast/platform/supervisor/supervise'
import { kafkaOf, lakeOf, topicEnds, warehouseOf } from '../stack/figures.ts'

/** A program that speaks no HTTP hangs up by then. */
const HANGS_UP_MS = 10_000
/** How long the browser waits for one of them. */
const BROWSER_LIMIT_MS = 2_000

/** Side effects that a link or an image would have, and what would tell something: each port is asked for all of them. */
const READS = [
  '/',
  '/status',
  '/metrics',
  '/healthz',
  '/readyz',
  '/health',
  '/stats/counter',
  '/ui/index.html',
  // SeaweedFS: master, volume server, filer, S3, console and catalogue.
  '/col/delete?collection=raw',
  '/col/delete?collection=curated',
  '/vol/grow?count=1&replication=000',
  '/vol/vacuum?garbageThreshold=0.001',
  '/dir/assign',
  '/dir/status',
  '/cluster/status',
  '/submit',
  '/buckets/?pretty=y',
  '/buckets/raw?recursive=true',
  '/debug/pprof/cmdline',
  '/raw?list-type=2',
  '/login',
  '/logout',
  '/admin',
  '/v1/config',
  '/v1/namespaces',
  '/v1/curated/namespaces',
  // What is ours.
  '/loading/pause',
  '/director',
  '/director/pause',
  '/api/v1/pipeline',
  '/v1/models/current',
  '/ping',
  `/?query=${encodeURIComponent('drop database shelfcast')}`,
]
/** Forms and simple requests: a browser asks nobody before it sends them. */
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']
const WRITES: readonly (readonly [path: string, body: string])[] = [
  ['/', 'drop database shelfcast'],
  ['/', 'Action=CreateUser&UserName=evil'],
  ['/raw?delete', '<Delete><Object><Key>x</Key></Object></Delete>'],
  ['/buckets/raw/evil', 'x'],
  ['/submit', 'x'],
  ['/col/delete', 'collection=raw'],
  ['/login', 'username=admin&password=admin'],
  ['/v1/oauth/tokens', 'grant_type=client_credentials&client_id=x&client_secret=y'],
  ['/v1/curated/namespaces', '{"namespace":["evil"]}'],
  ['/loading/pause', '{"seconds":600}'],
  ['/director/pause', '{}'],
  ['/director/resume', '{}'],
  ['/director/speed', '{"speed":1}'],
  ['/refresh', '{}'],
  ['/api/v1/dead-letters/replays', '{}'],
]

interface Question {
  port: number
  isSecure: boolean
  method: string
  path: string
  headers: Record<string, string>
  body?: string
}

/** The kinds of foreigners: one whose name has come to lead here, and one that asks across. */
function foreigners(port: number, method: string): Record<string, string>[] {
  const name = `evil.example:${port}`
  return [
    // To the browser that is the same site, which says where it comes from when it changes something.
    {
      host: name,
      'sec-fetch-site': 'same-origin',
      ...(method === 'GET' ? {} : { origin: `http://${name}` }),
    },
    {
      host: `127.0.0.1:${port}`,
      origin: 'http://evil.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
    },
  ]
}

/** All that each kind can ask of a port. */
function foreignQuestions(port: number, isSecure: boolean): Question[] {
  const questions = (method: string, path: string, extra: Record<string, string> = {}, body?: string) =>
    foreigners(port, method).map((headers) => ({
      port,
      isSecure,
      method,
      path,
      headers: { ...headers, ...extra },
      ...(body === undefined ? {} : { body }),
    }))
  return [
    ...READS.flatMap((path) => questions('GET', path)),
    ...WRITES.flatMap(([path, body], index) =>
      questions('POST', path, { 'content-type': FORM_TYPES[index % FORM_TYPES.length]! }, body),
    ),
    ...['PUT', 'DELETE'].flatMap((method) => questions(method, '/raw/evil', { 'content-length': '0' })),
    ...questions('OPTIONS', '/raw/evil', { 'access-control-request-method': 'PUT' }),
  ]
}

/** Asks all of that, and returns what was not refused, as "method port path status body". */
export async function answersTo(port: number): Promise<string[]> {
  const answers: string[] = []
  for (const isSecure of [false, true]) {
    const questions = foreignQuestions(port, isSecure)
    const methods = new Map(questions.map((question) => [question.method, question]))
    // Whoever ends the handshake, or hangs up on each kind of request, has not read what it is about.
    const first = await Promise.all([...methods.values()].map(ask))
    if (first.every((answer) => answer === undefined)) continue
    for (const question of questions) {
      const answer = await ask(question)
      if (answer === undefined || answer.status >= 400) continue
      answers.push(`${question.method} ${port} ${question.path} ${answer.status} ${answer.body.trim()}`)
    }
  }
  return [...new Set(answers)]
}

/** @returns the answer; undefined when the connection or its handshake was ended instead */
async function ask(question: Question): Promise<{ status: number; body: string } | undefined> {
  const { isSecure, body, ...options } = question
  const send = isSecure ? secureRequest : request
  const call = send({ ...options, host: '127.0.0.1', agent: false, rejectUnauthorized: false })
  const failed = new AbortController()
  const limit = setTimeout(() => {
    failed.abort(new Error(`Port ${question.port} neither answered nor hung up: ${JSON.stringify(question)}`))
    call.destroy()
  }, HANGS_UP_MS)
  try {
    call.end(body)
    const [answer] = await once(call, 'response')
    return { status: answer.statusCode, body: await text(answer) }
  } catch {
    failed.signal.throwIfAborted()
    return undefined
  } finally {
    clearTimeout(limit)
  }
}

export interface Contents {
  /** What nobody changes while the stack only runs on: names, settings, and rows of the operational store. */
  fixed: Record<string, unknown>
  /** What only grows, by name. */
  growing: Map<string, number>
  /** Objects of the lake. */
  objects: Set<string>
}

/** What there is in the stores, and how the twin is set. */
export async function contentsOf(stack: Stack): Promise<Contents> {
  const { environment } = stack
  const [lake, warehouse, operational, topics] = await Promise.all([
    lakeContents(environment),
    warehouseContents(environment),
    operationalContents(environment),
    topicContents(environment),
  ])
  const { clock } = (await (await fetch(`${environment.TWIN_URL}/director`)).json()) as DirectorState
  return {
    fixed: {
      buckets: lake.buckets,
      tables: warehouse.map(({ name }) => name),
      operational,
      topics: topics.map(([name]) => name),
      twin: { paused: clock.paused, speed: clock.speed },
      processes: PARTS.map((name) => (name in stack.addresses ? stack.part(name).pid : undefined)),
    },
    growing: new Map([...warehouse.map(({ name, rows }) => [name, Number(rows)] as const), ...topics]),
    objects: new Set(lake.objects),
  }
}

/** Says what has gone or come that the running stack did not do itself. */
export function changesBetween(before: Contents, after: Contents): string[] {
  return [
    ...Object.keys(before.fixed)
      .filter((name) => JSON.stringify(before.fixed[name]) !== JSON.stringify(after.fixed[name]))
      .map((name) => `${name} are other ones: ${JSON.stringify(after.fixed[name])}`),
    ...[...before.growing]
      .filter(([name, count]) => (after.growing.get(name) ?? 0) < count)
      .map(([name, count]) => `${name} has shrunk from ${count} to ${after.growing.get(name)}`),
    ...[...before.objects].filter((name) => !after.objects.has(name)).map((name) => `${name} has gone`),
    ...[...after.objects].filter((name) => name.includes('evil')).map((name) => `${name} has come`),
  ]
}

async function lakeContents(environment: Record<string, string>) {
  const lake = lakeOf(environment)
  const objects: string[] = []
  for (const zone of ['raw', 'truth'] as const) {
    for await (const { name } of lake.list(zone, '')) objects.push(`${zone}/${name}`)
  }
  return { buckets: (await lake.client.listBuckets()).map(({ name }) => name), objects }
}

async function warehouseContents(environment: Record<string, string>) {
  const warehouse = warehouseOf(environment)
  try {
    const answer = await warehouse.query({
      query: `
        -- Merges and refreshes change how many rows the others have, and a refresh makes a table of its own for a while,
        -- whose name begins with a dot.
        select t.database || '.' || t.name as name, if(t.engine = 'MergeTree', t.total_rows, 0) as rows
        from system.tables as t
        where t.database not in ('system', 'INFORMATION_SCHEMA', 'information_schema') and not startsWith(t.name, '.')
        order by name`,
      format: 'JSONEachRow',
    })
    return await answer.json<{ name: string; rows: string | null }>()
  } finally {
    await warehouse.close()
  }
}

async function operationalContents(environment: Record<string, string>) {
  const operational = createOperational({
    url: environment.OPERATIONAL_URL!,
    password: environment.OPERATIONAL_PASSWORD!,
    application: 'test',
  })
  try {
    const tables = await operational.query<{ name: string }>(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
    )
    const counts: unknown[] = []
    for (const { name } of tables)
      counts.push({ name, ...(await operational.query(`select count(*) as rows from ${name}`))[0] })
    return counts
  } finally {
    await operational.close()
  }
}

async function topicContents(environment: Record<string, string>): Promise<[string, number][]> {
  const admin = kafkaOf(environment).admin()
  await admin.connect()
  const names = (await admin.listTopics()).filter((name) => !name.startsWith('__')).sort()
  await admin.disconnect()
  return Promise.all(
    names.map(async (name) => {
      const ends = await topicEnds(environment, name)
      return [name, [...ends.values()].reduce((total, end) => total + Number(end), 0)]
    }),
  )
}

/** A page of another site, which browsers find under evil.localhost. */
export async function serveForeignPage(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>evil</title><body>'),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://evil.localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * What the script of such a page does to the ports: images, what a script may send without asking, forms, WebSockets.
 * Runs in the browser. @returns what it was able to read, as "port path"
 */
export function foreignScript(ports: readonly number[]): string {
  return `(async () => {
    const reads = ${JSON.stringify(READS.filter((path) => /delete|grow|vacuum|assign|pause|query|metrics/.test(path)))}
    const writes = ${JSON.stringify(WRITES.filter(([path]) => /pause|resume|refresh|replays|submit|raw/.test(path)))}
    const read = []
    const settled = (element, ...events) =>
      new Promise((resolve) => {
        for (const event of events) element.addEventListener(event, resolve, { once: true })
        // A frame does not tell of every connection that was ended.
        setTimeout(resolve, ${BROWSER_LIMIT_MS})
      })
    const show = (url) => {
      const image = new Image()
      image.src = url
      return settled(image, 'load', 'error')
    }
    const submit = (url, enctype, name) => {
      const frame = document.createElement('iframe')
      frame.name = url
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action: url, enctype, target: url })
      const field = document.createElement('input')
      Object.assign(field, { name, value: '' })
      form.append(field)
      document.body.append(frame, form)
      const loaded = settled(frame, 'load')
      form.submit()
      return loaded
    }
    const connect = (url) => {
      const socket = new WebSocket(url)
      socket.addEventListener('open', () => read.push(url))
      return settled(socket, 'open', 'error')
    }
    const send = async (url, options) => {
      const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(${BROWSER_LIMIT_MS}) }).catch(() => undefined)
      if (answer?.ok && (await answer.text()) !== '') read.push(url)
    }
    const attack = async (port) => {
      const base = 'http://127.0.0.1:' + port
      await show(base + '/col/delete?collection=raw')
      for (const path of reads) await send(base + path, { credentials: 'include' })
      for (const [path, body] of writes) await send(base + path, { method: 'POST', mode: 'no-cors', body })
      const json = { 'content-type': 'application/json' }
      await send(base + '/loading/pause', { method: 'POST', headers: json, body: '{"seconds":600}' })
      await submit(base + '/loading/pause', 'text/plain', '{"seconds":600}')
      await connect('ws://127.0.0.1:' + port + '/api/v1/stream?channels=live')
    }
    await Promise.all(${JSON.stringify(ports)}.map(attack))
    return read
  })()`
}
