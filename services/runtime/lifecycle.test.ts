/** Lifecycle rules against a store that takes them as MinIO does: test/lake/retention.test.ts has the real SeaweedFS. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { retentionOf } from '@shelfcast/contracts/retention'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLake, type Lake } from './lake.ts'
import { applyLifecycle } from './lifecycle.ts'
import { createLog } from './log.ts'

/** By bucket, what was put last. */
const stored = new Map<string, string>()
let lake: Lake

const store = createServer(async (request, response) => {
  const bucket = request.url!.slice(1).split(/[/?]/)[0]!
  const answer = (status: number, code?: string) =>
    response.writeHead(status).end(code && `<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
  if (request.method === 'GET') {
    const entry = stored.get(bucket)
    if (entry === undefined) answer(404, 'NoSuchLifecycleConfiguration')
    else response.writeHead(200).end(entry)
    return
  }
  let body = ''
  for await (const chunk of request) body += chunk
  if (request.method === 'DELETE') {
    stored.delete(bucket)
    answer(204)
    return
  }
  // It wants each rule to let something expire.
  if (body.split('<Rule>').length > body.split('<Expiration>').length) {
    answer(400, 'InvalidRequest')
    return
  }
  stored.set(bucket, body)
  answer(200)
})

beforeAll(async () => {
  await once(store.listen(0, '127.0.0.1'), 'listening')
  lake = createLake({
    S3_ENDPOINT: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY: 'key',
    S3_SECRET_KEY: 'secret',
    S3_BUCKET_RAW: 'raw',
    S3_BUCKET_CURATED: 'curated',
    S3_BUCKET_FEATURES: 'features',
    S3_BUCKET_TRUTH: 'truth',
  })
})
beforeEach(() => stored.clear())
afterAll(() => {
  store.closeAllConnections()
  store.close()
})

const log = createLog('test', 'silent')
const apply = (environment: Record<string, string> = {}) =>
  applyLifecycle(lake, retentionOf(environment), log)

test('a store that refuses rules for unfinished uploads gets the others, once', async () => {
  expect(await apply()).toEqual(['raw'])
  expect([...stored.keys()]).toEqual(['raw'])
  expect(stored.get('raw')).toContain(
    '<Filter><And><Prefix>pos-events/</Prefix><Tag><Key>curated</Key><Value>yes</Value></Tag></And></Filter><Expiration><Days>90</Days></Expiration>',
  )
  expect(stored.get('raw')).not.toContain('Abort')
  expect(await apply()).toEqual([])
})

test('what is changed is set anew, and what is kept has no rule', async () => {
  await apply()
  expect(await apply({ RETENTION_RAW_DAYS: '30' })).toEqual(['raw'])
  expect(stored.get('raw')).toContain('<Days>30</Days>')
  expect(stored.get('raw')).not.toContain('<Days>90</Days>')
  expect(await apply({ RETENTION_RAW_DAYS: 'keep' })).toEqual(['raw'])
  expect(stored.has('raw')).toBe(false)
})
