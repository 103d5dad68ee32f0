/** Requests that schemathesis makes of the OpenAPI document, right and wrong ones, against a running API. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FilledApi, startFilledApi } from './fixture.ts'

/** An environment of its own, which npm run test:heavy makes. */
const SCHEMATHESIS = process.env.SHELFCAST_TEST_SCHEMATHESIS
/** Of each operation and phase. */
const EXAMPLES = process.env.SHELFCAST_FUZZ_EXAMPLES ?? '100'
const CHECKS = process.env.SHELFCAST_FUZZ_CHECKS ?? 'not_a_server_error'

let api: FilledApi
let folder: string
beforeAll(async () => {
  api = await startFilledApi()
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-schemathesis-'))
})
afterAll(async () => {
  await api?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Answer {
  response: { status: number; url: string }
}

test.skipIf(!SCHEMATHESIS)('no request gets an answer of 5xx', async () => {
  const statuses = new Map<number, number>()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const report = join(folder, 'report.ndjson')
  const run = await promisify(execFile)(
    SCHEMATHESIS!,
    [
      ...['run', `${url}/api/v1/openapi.json`, '--url', url, '--checks', CHECKS, '--seed', '13'],
      ...[
        '--max-examples',
        EXAMPLES,
        '--continue-on-failure',
        '--no-shrink',
        '--suppress-health-check',
        'all',
      ],
      ...['--report', 'har', '--report-har-path', report],
      ...['--workers', '2'],
    ],
    { cwd: folder, maxBuffer: 1 << 28 },
  ).catch((error: { stdout: string; stderr: string; code: number }) => error)
  process.stdout.write(run.stdout + run.stderr)
  for (const { response } of JSON.parse(await readFile(report, 'utf8')).log.entries as Answer[])
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
  process.stdout.write(`${JSON.stringify([...statuses])}\n`)
  expect([...statuses.keys()].filter((s) => s >= 500)).toEqual([])
})
