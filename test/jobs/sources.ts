/** What the tests of the jobs share: a lake in memory, and a local server that answers as the real services document. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CollectContext } from '@shelfcast/jobs/connectors/collect'
import type { Connectors } from '@shelfcast/jobs/environment'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { contextOf as jobContextOf, NOWHERE } from './context.ts'

export const quiet = createLog('test', 'silent')

/** Limits under which a test of failures takes milliseconds. */
export const HASTY = { timeoutMs: 300, firstRetryMs: 1, pauseMs: 0 }

export interface MemoryLake extends Lake {
  objects: Map<string, { body: Buffer; metadata: Record<string, string> }>
  /** Names of the answers, in order. */
  answers(folder: string): string[]
}

export function memoryLake(stores: object[] = []): MemoryLake {
  const objects: MemoryLake['objects'] = new Map()
  const lake = {
    objects,
    answers: (folder: string) =>
      [...objects.keys()]
        .filter((name) => name.startsWith('datasets/') && name.includes(`/${folder}/`))
        .sort(),
    bucket: (zone: string) => zone,
    async create(_zone: string, name: string, body: Uint8Array, metadata = {}) {
      if (objects.has(name)) return false
      objects.set(name, { body: Buffer.from(body), metadata })
      return true
    },
    async put(_zone: string, name: string, body: Uint8Array) {
      objects.set(name, { body: Buffer.from(body), metadata: {} })
    },
    read: async (_zone: string, name: string) => objects.get(name)!.body,
    metadata: async (_zone: string, name: string) => objects.get(name)?.metadata,
    async *list(_zone: string, prefix: string, after = '') {
      for (const name of [...objects.keys()].sort()) {
        if (name.startsWith(prefix) && name > after)
          yield { name, size: objects.get(name)!.body.length, etag: '' }
      }
    },
  }
  const text = stores.map((store) => `${JSON.stringify(store)}\n`).join('')
  objects.set('datasets/stores/twin/snapshot.ndjson', { body: Buffer.from(text), metadata: {} })
  return lake as unknown as MemoryLake
}

export function store(overrides: object = {}): object {
  return {
    store_id: 'S001',
    name: 'Mitte',
    profile: 'convenience',
    region: 'Berlin',
    time_zone: 'Europe/Berlin',
    currency: 'EUR',
    country: 'DE',
    latitude: 52.5234,
    longitude: 13.4114,
    ...overrides,
  }
}

export interface LocalServer {
  url: URL
  /** In the order in which they came. */
  requests: IncomingMessage[]
  close(): Promise<void>
}

/** @param answer gets the address and how many requests came before */
export async function startServer(
  answer: (url: URL, response: ServerResponse, before: number) => void,
): Promise<LocalServer> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(new URL(request.url!, 'http://127.0.0.1'), response, requests.length - 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
}

/** Of a job that fetches. */
export function contextOf(
  lake: Lake,
  connectors: Partial<Connectors>,
  { force = false, ...overrides }: Partial<Pick<CollectContext, 'now' | 'signal'>> & { force?: boolean } = {},
): CollectContext {
  return jobContextOf(
    'fetch-weather',
    { lake },
    {
      connectors: { ...NOWHERE, ...connectors },
      now: () => Date.parse('2026-11-21T14:00:00Z'),
      parameters: { force },
      ...overrides,
    },
  )
}

/** As https://open-meteo.com/en/docs shows it, for `daily`. */
export function openMeteoAnswer(url: URL, days = 3): object {
  const start = Date.parse(url.searchParams.get('start_date') ?? '2026-11-14')
  const values = (value: number) => Array.from({ length: days }, () => value)
  return {
    latitude: Number(url.searchParams.get('latitude')),
    longitude: Number(url.searchParams.get('longitude')),
    generationtime_ms: 0.0439,
    utc_offset_seconds: 3600,
    timezone: 'Europe/Berlin',
    timezone_abbreviation: 'GMT+1',
    elevation: 38,
    daily_units: {
      time: 'iso8601',
      temperature_2m_mean: '°C',
      temperature_2m_max: '°C',
      temperature_2m_min: '°C',
      precipitation_sum: 'mm',
      precipitation_hours: 'h',
    },
    daily: {
      time: Array.from({ length: days }, (_, day) =>
        new Date(start + day * 86_400_000).toISOString().slice(0, 10),
      ),
      temperature_2m_mean: values(4.2),
      temperature_2m_max: values(7.1),
      temperature_2m_min: values(1.3),
      precipitation_sum: values(0.4),
      precipitation_hours: [...values(2).slice(1), null],
    },
  }
}

/** As https://date.nager.at/Api documents PublicHolidays v3. */
export function nagerAnswer(url: URL): object {
  const [, year, country] = /PublicHolidays\/(\d{4})\/([A-Z]{2})$/.exec(url.pathname)!
  const common = { countryCode: country, fixed: false, launchYear: null, types: ['Public'] }
  return [
    {
      date: `${year}-01-01`,
      localName: 'Neujahr',
      name: "New Year's Day",
      global: true,
      counties: null,
      ...common,
    },
    {
      date: `${year}-01-06`,
      localName: 'Heilige Drei Könige',
      name: 'Epiphany',
      global: false,
      counties: ['DE-BW', 'DE-BY', 'DE-ST'],
      ...common,
    },
  ]
}

/** As the World Bank's "API Basic Call Structures" shows version 2 in JSON. */
export function worldBankAnswer(url: URL, pages = 1): object {
  const [, country, indicator] = /\/country\/([A-Z]{2})\/indicator\/([\w.]+)$/.exec(url.pathname)!
  const page = Number(url.searchParams.get('page') ?? 1)
  return [
    { page, pages, per_page: 500, total: pages, sourceid: '2', lastupdated: '2026-10-07' },
    [
      {
        indicator: { id: indicator, value: 'Inflation, consumer prices (annual %)' },
        country: { id: country, value: 'Germany' },
        countryiso3code: 'DEU',
        date: String(2026 - page),
        value: page === 1 ? null : 2.25,
        unit: '',
        obs_status: '',
        decimal: 1,
      },
    ],
  ]
}
