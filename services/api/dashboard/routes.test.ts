import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import type { App } from '../http/schemas.ts'
import { ANNOUNCER_STYLE } from './policy.ts'

const SCRIPT = '\n\t\timport("/_app/immutable/entry/start.abc.js");\n'
const SHELL = `<!doctype html><script>${SCRIPT}</script><script type="module" src="/x.js"></script><div></div>`

let folder: string
let app: App
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-dashboard-'))
  app = await buildTestServer({ dashboardDir: folder })
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { host: 'localhost', accept: 'text/html', ...headers } })

test('a dashboard that is not built says how to build it, and is served once it is', async () => {
  const absent = await get('/')
  expect(absent.statusCode).toBe(503)
  expect(absent.body).toContain('npm run build -w @shelfcast/planner')

  await mkdir(join(folder, '_app/immutable/entry'), { recursive: true })
  await writeFile(
    join(folder, '_app/immutable/entry/start.abc.js'),
    `export const x = "${'x'.repeat(5_000)}"`,
  )
  await writeFile(join(folder, 'robots.txt'), 'User-agent: *')
  await writeFile(join(folder, '200.html'), SHELL)
  expect((await get('/')).body).toBe(SHELL)
})

test('what the build has compressed is sent as it is, and its cache header is that of the file', async () => {
  const file = '/_app/immutable/entry/app.def.js'
  await writeFile(join(folder, file), 'export const y = 1')
  await writeFile(join(folder, `${file}.br`), 'as the build wrote it')
  const compressed = await get(file, { 'accept-encoding': 'gzip, br' })
  expect(compressed.body).toBe('as the build wrote it')
  expect(compressed.headers).toMatchObject({
    'content-encoding': 'br',
    'content-type': expect.stringContaining('javascript'),
    'cache-control': 'public, max-age=31536000, immutable',
    vary: expect.stringContaining('ccept-encoding'),
  })
  const plain = await get(file)
  expect(plain.body).toBe('export const y = 1')
  expect(plain.headers['content-encoding']).toBeUndefined()
})

test('every address of the dashboard is its shell, with its inline script allowed and no other', async () => {
  const answer = await get('/pipeline?topic=x')
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-cache')
  const hash = createHash('sha256').update(SCRIPT).digest('base64')
  const directive = String(answer.headers['content-security-policy'])
    .split('; ')
    .find((part) => part.startsWith('script-src '))
  expect(directive).toBe(`script-src 'self' 'sha256-${hash}'`)
})

test('with its shell, a page says what it asks first; one with a filter asks for something else', async () => {
  const link = async (url: string) => (await get(url)).headers.link
  expect(await link('/pipeline')).toBe('</api/v1/pipeline>; rel=preload; as=fetch; crossorigin=anonymous')
  expect(await link('/dead-letters')).toContain('</api/v1/dead-letters?state=open>')
  expect(await link('/dead-letters?state=settled')).toBeUndefined()
  expect(await link('/constructor')).toBeUndefined()
})

test('files named after their content are kept for ever, others are asked for again', async () => {
  const hashed = await get('/_app/immutable/entry/start.abc.js', { 'accept-encoding': 'br' })
  expect(hashed.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(hashed.headers['content-encoding']).toBe('br')
  expect((await get('/robots.txt')).headers['cache-control']).toBe('no-cache')
})

test('a script that is not there is not answered with a page', async () => {
  expect((await get('/_app/immutable/entry/old.js')).statusCode).toBe(404)
  expect((await get('/logo.png', { accept: 'image/png' })).statusCode).toBe(404)
})

test('files outside of the folder are not served', async () => {
  expect((await get('/..%2f..%2fetc%2fpasswd', { accept: '*/*' })).statusCode).toBeGreaterThanOrEqual(400)
})

test('the allowed style is the one of the installed SvelteKit', async () => {
  const kit = dirname(createRequire(import.meta.url).resolve('@sveltejs/kit/package.json'))
  const root = await readFile(join(kit, 'src/runtime/components/root.svelte'), 'utf8')
  expect(root).toContain(`style="${ANNOUNCER_STYLE}"`)
})
