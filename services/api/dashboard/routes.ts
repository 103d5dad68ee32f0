/** The built dashboard: its files, and its shell for every other address. */
import { readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/schemas.ts'
import { firstQuestion } from './first-questions.ts'
import { contentSecurityPolicy } from './policy.ts'

// SvelteKit names these files after their content.
const IMMUTABLE = `${sep}_app${sep}immutable${sep}`
const SHELL = '200.html'

const NOT_BUILT = `The dashboard is not built: there is no ${SHELL} in its folder.

Build it:  npm run build -w @shelfcast/planner
then load this page again. The API itself is up: see /docs.
`

/** @param directory what `npm run build` of the dashboard wrote; looked at anew for each page, so it may come later */
export async function dashboardRoutes(app: App, directory: string) {
  await app.register(fastifyStatic, {
    root: directory,
    index: false,
    // As the build has written them: to compress them for each reader would take more of the processor than all else of
    // a page.
    preCompressed: true,
    schemaHide: true,
    cacheControl: false,
    setHeaders(reply, path) {
      const forever = path.includes(IMMUTABLE)
      reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })

  const policy = contentSecurityPolicy()
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', policy)
  })

  app.get('/', { schema: { hide: true } }, (request, reply) => sendShell(request, reply, directory))
  app.setNotFoundHandler(async (request, reply) => {
    if (!wantsPage(request)) {
      return reply.code(404).send({
        error: 'not_found',
        message: `${request.method} ${request.url} is not part of this API. See /docs for what is.`,
      })
    }
    return sendShell(request, reply, directory)
  })
}

/** The address bar asks for HTML; scripts, images and programs do not. */
function wantsPage(request: FastifyRequest): boolean {
  if (request.url.startsWith('/api/') || request.url.startsWith('/_app/')) return false
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
}

async function sendShell(request: FastifyRequest, reply: FastifyReply, directory: string) {
  let html: string
  try {
    html = await readFile(join(directory, SHELL), 'utf8')
  } catch {
    return reply.code(503).type('text/plain').send(NOT_BUILT)
  }
  const question = firstQuestion(request.url)
  if (question) reply.header('link', question)
  return reply
    .code(200)
    .header('content-security-policy', contentSecurityPolicy(html))
    .header('cache-control', 'no-cache')
    .type('text/html')
    .send(html)
}
