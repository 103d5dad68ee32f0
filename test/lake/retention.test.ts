/** What retention.json says, on the real parts: the object store lets blocks go, and nothing is rebuilt without them. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chainOf } from '@shelfcast/contracts/lake'
import { retentionOf } from '@shelfcast/contracts/retention'
import { chainHead } from '@shelfcast/ingest/load/chain-head'
import { DERIVED_TABLES } from '@shelfcast/ingest/load/emptying'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { applyLifecycle } from '@shelfcast/runtime/lifecycle'
import { createLog } from '@shelfcast/runtime/log'
import { applyTopicRetention } from '@shelfcast/runtime/topic-retention'
import { ConfigResourceTypes } from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fingerprints } from '../stack/aggregates.ts'
import { dirtyBaskets, produce, publishReference } from '../stack/dirt.ts'
import { kafkaOf, lakeOf, until, untilLanded, warehouseOf } from '../stack/figures.ts'
import { killAll, startIngest } from '../stack/processes.ts'
import { ageObjects, expireUntil } from './object-age.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TAG = retentionOf({}).lake.blocks!.tag!
const log = createLog('test', 'silent')

let folder: string
let stack: Stack
const lake = () => lakeOf(stack.environment)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-retention-'))
  stack = await startStack({ dataDir: folder, ports: 'free', parts: ['kafka', 'lake', 'warehouse'] })
}, 180_000)
afterEach(killAll)
afterAll(async () => {
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

async function names(prefix: string): Promise<string[]> {
  const list: string[] = []
  for await (const { name } of lake().list('raw', prefix)) list.push(name)
  return list
}

const isGone = async (name: string) => (await lake().metadata('raw', name)) === undefined

const tag = (name: string, value = TAG.value) =>
  lake().client.setObjectTagging('raw', name, { [TAG.key]: value })

test('a block goes 90 days after it was written, and only once the curated zone covers it', async () => {
  const ages = {
    'pos-events/p=00/covered-91': 91,
    'pos-events/p=00/covered-89': 89,
    'pos-events/p=00/uncovered-91': 91,
    'pos-events/p=00/other-tag-91': 91,
    'reference/covered-91': 91,
    'history/covered-400': 400,
  }
  for (const name of Object.keys(ages)) {
    await lake().put('raw', name, Buffer.from(name))
    if (name.includes('covered-') && !name.includes('uncovered')) await tag(name)
  }
  await tag('pos-events/p=00/other-tag-91', 'no')
  await ageObjects(stack, 'raw', ages)

  await expireUntil(stack, () => isGone('pos-events/p=00/covered-91'))
  expect(await names('pos-events/')).toEqual([
    'pos-events/p=00/covered-89',
    'pos-events/p=00/other-tag-91',
    'pos-events/p=00/uncovered-91',
  ])
  // and a block that the curated zone comes to cover later goes then
  await tag('pos-events/p=00/uncovered-91')
  await expireUntil(stack, () => isGone('pos-events/p=00/uncovered-91'))
  expect(await names('pos-events/')).toEqual(['pos-events/p=00/covered-89', 'pos-events/p=00/other-tag-91'])
  expect([...(await names('reference/')), ...(await names('history/'))]).toEqual([
    'reference/covered-91',
    'history/covered-400',
  ])
  for (const name of await names('pos-events/')) await lake().client.removeObject('raw', name)
  await lake().client.removeObject('raw', 'reference/covered-91')
}, 120_000)

test('an upload that was given up goes after a day, one of today stays', async () => {
  const [old, young] = await Promise.all(
    ['history/old', 'history/young'].map((name) => lake().client.initiateNewMultipartUpload('raw', name, {})),
  )
  await ageObjects(stack, 'raw', { [`.uploads/${old}`]: 2 })
  const left = async () => {
    const uploads: (string | undefined)[] = []
    for await (const { uploadId } of lake().client.listIncompleteUploads('raw', '', true))
      uploads.push(uploadId)
    return uploads
  }
  await expireUntil(stack, async () => !(await left()).includes(old))
  expect(await left()).toEqual([young])
  await lake().client.abortMultipartUpload('raw', 'history/young', young!)
}, 120_000)

test('a second start changes nothing; another value is set and set back', async () => {
  const admin = kafkaOf(stack.environment).admin()
  await admin.connect()
  try {
    const apply = async (environment: Record<string, string>) => {
      const retention = retentionOf(environment)
      return {
        zones: await applyLifecycle(lake(), retention, log),
        topics: await applyTopicRetention(admin, retention, log),
      }
    }
    expect(await apply({})).toEqual({ zones: [], topics: [] })
    const other = { RETENTION_RAW_DAYS: '30', RETENTION_TOPICS_DAYS: '1' }
    expect(await apply(other)).toEqual({
      zones: ['raw'],
      topics: ['sales-transactions', 'inventory-updates', 'pos-events'],
    })
    expect(await apply(other)).toEqual({ zones: [], topics: [] })
    expect((await apply({})).zones).toEqual(['raw'])

    await applyTopicRetention(admin, { ...retentionOf({}), topics: shorterDeadLetters() }, log)
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: 'dead-letter' }],
    })
    const settings = Object.fromEntries(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    )
    expect(settings).toMatchObject({ 'retention.ms': '86400000', 'max.message.bytes': '2097152' })
  } finally {
    await admin.disconnect()
  }
}, 60_000)

function shorterDeadLetters() {
  const { topics } = retentionOf({})
  return { ...topics, 'dead-letter': { ...topics['dead-letter']!, days: 1 } }
}

test('where blocks have expired, a rebuild and an empty warehouse say so and lose nothing', async () => {
  // given a chain of several blocks, all loaded, the first of them covered by the curated zone and old
  await publishReference(stack.environment)
  const warehouse = warehouseOf(stack.environment)
  const ingest = await startIngest(stack.environment, { INGEST_LINGER_MS: '100' })
  await ingest.ready()
  for (let from = 0; from < 1_200; from += 400) {
    await produce(stack.environment, dirtyBaskets(400, from).messages)
    await untilLanded(stack.environment, 'sales-transactions')
  }
  const blocks = await names('sales-transactions/')
  const first = blocks[0]!
  const prefix = first.slice(0, first.lastIndexOf('/') + 1)
  const second = blocks.find((name) => name > first && name.startsWith(prefix))!
  const chain = chainOf(prefix)!
  expect(await chainHead(lake(), chain)).toBe(0n)
  await tag(first)
  await ageObjects(stack, 'raw', { [first]: 91 })
  await expireUntil(stack, () => isGone(first))
  const head = BigInt(/(\d+)\.parquet$/.exec(second)![1]!)
  expect(await chainHead(lake(), chain)).toBe(head)
  expect(await ingest.stop()).toBe(0)

  // when the warehouse is to be rebuilt, then it stays as it is
  const before = await fingerprints(warehouse)
  const rebuild = spawnSync(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', 'services/ingest/load/rebuild.ts', '--yes'],
    { cwd: ROOT, encoding: 'utf8', env: { ...machineEnvironment(process.env), ...stack.environment } },
  )
  const message = `The chain ${prefix} is loaded up to offset 0, and the raw zone has it from offset ${head} on`
  expect(rebuild.stderr).toContain(`Nothing was emptied. ${message}`)
  expect(rebuild.status).toBe(1)
  expect(await fingerprints(warehouse)).toEqual(before)

  // and when ingest starts beside it, it goes on; beside an empty warehouse, it says what is missing and loads nothing of it
  const again = await startIngest(stack.environment)
  await again.ready()
  expect(await again.stop()).toBe(0)
  for (const table of DERIVED_TABLES) await warehouse.command({ query: `truncate table ${table}` })
  const emptied = await startIngest(stack.environment)
  await until(async () => emptied.output().includes(message), 'ingest says what has expired', 30_000)
  const answer = await warehouse.query({
    query: `select count() as found from fact_sales where partition = ${chain.partition}`,
    format: 'JSONEachRow',
  })
  expect(await answer.json()).toEqual([{ found: 0 }])
  expect(await emptied.ended).toBe(1)
  await warehouse.close()
}, 120_000)
