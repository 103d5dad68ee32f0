/** Requests that schemathesis makes of the OpenAPI document, right and wrong ones, against a running API. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FilledApi, startFilledApi } from '../../../test/api/filled.ts'

/** Of an environment of its own, which npm run test:heavy makes. */
const SCHEMATHESIS = process.env.SHELFCAST_TEST_SCHEMATHESIS
/** Requests of each operation in each phase. */
const EXAMPLES = 100
const CHECKS =
  'not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance'

let api: FilledApi
let folder: string
beforeAll(async () => {
  api = await startFilledApi()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-schemathesis-'))
})
afterAll(async () => {
  await api?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** What is read of an HTTP archive. */
interface Archive {
  log: { entries: { response: { status: number } }[] }
}

test.skipIf(!SCHEMATHESIS)('no request gets 5xx, and every answer is as the document says', async () => {
  const { port } = api.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const archive = join(folder, 'requests.har')
  const run = await promisify(execFile)(
    SCHEMATHESIS!,
    [
      'run',
      `${url}/api/v1/openapi.json`,
      '--url',
      url,
      '--checks',
      CHECKS,
      '--seed',
      '13',
      '--max-examples',
      String(EXAMPLES),
      '--continue-on-failure',
      '--no-shrink',
      '--workers',
      '1',
      '--suppress-health-check',
      'all',
      '--report',
      'har',
      '--report-har-path',
      archive,
    ],
    { cwd: folder, maxBuffer: 1 << 28 },
  ).catch((error: { stdout: string; stderr: string; code: number }) => error)

  const { log } = JSON.parse(await readFile(archive, 'utf8')) as Archive
  const statuses: Record<number, number> = {}
  for (const { response } of log.entries) statuses[response.status] = (statuses[response.status] ?? 0) + 1
  const failures = 'code' in run ? `${run.stdout}${run.stderr}` : ''
  process.stdout.write(
    `schemathesis: ${log.entries.length} requests, by status ${JSON.stringify(statuses)}\n`,
  )
  expect(failures).toBe('')
  expect(Object.keys(statuses).filter((status) => status >= '500')).toEqual([])
  expect(log.entries.length).toBeGreaterThan(1_000)
})
