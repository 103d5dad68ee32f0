import { ModelVersion } from '@shelfcast/contracts/models'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { LOST, manifestOf, startStore, type TestStore, WON } from '../../test/operational/store.ts'
import { createRegistry, type Registry } from './registry.ts'

let store: TestStore
let registry: Registry
const actor = 'ada'

beforeAll(async () => {
  store = await startStore()
  registry = createRegistry(store.client)
}, 90_000)
afterAll(() => store?.stop())
beforeEach(() => store.client.query('truncate model_versions, model_events, experiments'))

const register = (version: string, overrides: Partial<Parameters<Registry['register']>[0]> = {}) =>
  registry.register({
    manifest: manifestOf({ version }),
    prefix: `models/demand/${version}/`,
    gate: WON,
    actor,
    ...overrides,
  })
const states = async () =>
  Object.fromEntries((await registry.versions('demand')).map(({ version, state }) => [version, state]))
const story = async () =>
  (await registry.events('demand')).reverse().map(({ event, version }) => `${event} ${version}`)

test('a version is registered once, as a challenger, with all that its manifest says', async () => {
  const version = await register('v1', { parent: 'v0', note: 'weekly' })
  expect(Value.Errors(ModelVersion, version)).toEqual([])
  expect(version).toMatchObject({
    model: 'demand',
    version: 'v1',
    state: 'challenger',
    parent: 'v0',
    note: 'weekly',
    window_from: '2023-01-01',
    window_to: '2026-02-01',
    created_at: '2026-03-01T06:00:00.000Z',
    feature_hash: '0123456789ab',
    manifest: manifestOf(),
    gate: WON,
  })
  expect(await register('v1')).toEqual(version)
  await expect(register('v1', { manifest: manifestOf({ seed: 2 }) })).rejects.toThrow(
    'Version v1 of demand is registered with another manifest. Give the new one a version of its own.',
  )
  expect(await story()).toEqual(['registered v1'])
  expect(await registry.version('demand', 'v1')).toEqual(version)
  expect(await registry.version('anomaly', 'v1')).toBeUndefined()
})

test('one serves at a time, and the one of before is retired', async () => {
  for (const version of ['v1', 'v2']) await register(version)
  expect(await registry.champion('demand')).toBeUndefined()
  await registry.promote('demand', 'v1', { actor })
  expect(await registry.promote('demand', 'v2', { actor })).toMatchObject({
    version: 'v2',
    state: 'champion',
  })
  // The champion again changes nothing.
  await registry.promote('demand', 'v2', { actor })
  expect(await states()).toEqual({ v2: 'champion', v1: 'retired' })
  expect(await registry.champion('demand')).toMatchObject({ version: 'v2' })
  expect(await story()).toEqual(['registered v1', 'registered v2', 'promoted v1', 'promoted v2'])
  expect((await registry.events('demand', 1))[0]).toMatchObject({ actor, detail: { replaced: 'v1' } })
  await expect(registry.promote('demand', 'v9', { actor })).rejects.toThrow(
    'There is no version v9 of demand. Registered: v1, v2.',
  )
})

test('who lost the gate is promoted by force only', async () => {
  const version = await register('v1', { gate: LOST })
  expect(version.state).toBe('challenger')
  expect((await registry.events('demand', 1))[0]).toMatchObject({
    event: 'refused',
    detail: { failed: [LOST.checks[0]] },
  })
  await expect(registry.promote('demand', 'v1', { actor })).rejects.toMatchObject({
    code: 'gate_lost',
    message:
      'Version v1 of demand lost the promotion gate: beats champion (WAPE 0.451 against 0.437). Train a better one, or force it.',
  })
  expect(await registry.champion('demand')).toBeUndefined()
  await registry.promote('demand', 'v1', { actor, force: true })
  expect(await registry.champion('demand')).toMatchObject({ version: 'v1' })
  expect((await registry.events('demand', 1))[0]).toMatchObject({ detail: { forced: true } })
})

test('a rollback goes back to what served before, and the next one further', async () => {
  for (const version of ['v1', 'v2', 'v3', 'v4']) {
    await register(version)
    await registry.promote('demand', version, { actor })
  }
  await registry.retire('demand', 'v2', { actor })
  expect(await registry.rollBack('demand', { actor })).toMatchObject({ version: 'v3', state: 'champion' })
  // v2 was retired by itself: it is stepped over.
  expect(await registry.rollBack('demand', { actor })).toMatchObject({ version: 'v1' })
  await expect(registry.rollBack('demand', { actor })).rejects.toThrow(
    'No version of demand served before v1. Promote another instead.',
  )
  expect(await states()).toEqual({ v4: 'retired', v3: 'retired', v2: 'retired', v1: 'champion' })
  // and what is promoted after that is gone back from to v1
  await registry.promote('demand', 'v4', { actor })
  expect(await registry.rollBack('demand', { actor })).toMatchObject({ version: 'v1' })
})

test('the champion is not retired, and a model without versions has none to go back to', async () => {
  await register('v1')
  await registry.promote('demand', 'v1', { actor })
  await expect(registry.retire('demand', 'v1', { actor })).rejects.toMatchObject({ code: 'is_champion' })
  await expect(registry.rollBack('anomaly', { actor })).rejects.toMatchObject({ code: 'no_champion_before' })
})

test('an experiment is one at a time, and ends by itself when another version serves', async () => {
  for (const version of ['v1', 'v2', 'v3']) await register(version)
  await registry.promote('demand', 'v1', { actor })
  const start = (challenger: string, mode: 'shadow' | 'ab', share?: number) =>
    registry.startExperiment({ model: 'demand', challenger, mode, share, actor })
  await expect(start('v1', 'shadow')).rejects.toMatchObject({ code: 'is_champion' })
  await expect(start('v2', 'ab', 1.5)).rejects.toMatchObject({ code: 'bad_share' })
  expect(await start('v2', 'shadow')).toMatchObject({ mode: 'shadow', share: 1, ended_at: null })
  await expect(start('v3', 'ab', 0.1)).rejects.toMatchObject({ code: 'experiment_open' })
  expect(await registry.endExperiment('demand', { actor, outcome: { wape: 0.4 } })).toMatchObject({
    challenger: 'v2',
    outcome: { wape: 0.4 },
  })
  await expect(registry.endExperiment('demand', { actor })).rejects.toMatchObject({ code: 'no_experiment' })

  await start('v3', 'ab', 0.1)
  expect(await registry.experiment('demand')).toMatchObject({ challenger: 'v3', share: 0.1 })
  await registry.promote('demand', 'v3', { actor })
  expect(await registry.experiment('demand')).toBeUndefined()
  expect((await registry.experiments('demand')).map(({ challenger }) => challenger)).toEqual(['v3', 'v2'])
  expect((await story()).slice(-5)).toEqual([
    'shadow_started v2',
    'experiment_ended v2',
    'ab_started v3',
    'experiment_ended v3',
    'promoted v3',
  ])
})

test('two who promote at once: there is one champion at any time', async () => {
  const other = store.process.connect()
  const registries = [registry, createRegistry(other)]
  const versions = ['v1', 'v2', 'v3', 'v4']
  for (const version of versions) await register(version)
  await registry.promote('demand', 'v1', { actor })
  // given one who looks all the time
  let racing = true
  const champions: number[] = []
  const watch = (async () => {
    while (racing) {
      const [row] = await store.client.query<{ champions: number }>(
        "select count(*) as champions from model_versions where model = 'demand' and state = 'champion'",
      )
      champions.push(row!.champions)
    }
  })()
  // when two promote different versions, and roll back, again and again
  await Promise.all(
    registries.map(async (each, who) => {
      for (let round = 0; round < 15; round++) {
        await each.promote('demand', versions[(round * 2 + who) % 4]!, { actor: `racer ${who}` })
        if (round % 5 === 4) await each.rollBack('demand', { actor: `racer ${who}` })
      }
    }),
  )
  racing = false
  await watch
  await other.close()
  // then one served, whenever it was looked
  expect(new Set(champions)).toEqual(new Set([1]))
  // and the last event says which
  const [last] = await registry.events('demand', 1)
  expect((await registry.champion('demand'))?.version).toBe(last!.version)
}, 60_000)

test('a kill between the statements of a promotion leaves the champion of before', async () => {
  for (const version of ['v1', 'v2']) await register(version)
  await registry.promote('demand', 'v1', { actor })
  // given a promotion that is half done when the store is killed
  const half = store.client.transaction(async (inside) => {
    await inside.query("update model_versions set state = 'retired' where version = 'v1'")
    await store.process.kill()
    await inside.query("update model_versions set state = 'champion' where version = 'v2'")
  })
  await expect(half).rejects.toThrow()
  await store.process.start()
  // then v1 serves, and the promotion can be repeated
  expect(await states()).toEqual({ v1: 'champion', v2: 'challenger' })
  await registry.promote('demand', 'v2', { actor })
  await store.process.kill()
  await store.process.start()
  expect(await states()).toEqual({ v1: 'retired', v2: 'champion' })
}, 60_000)

test('events are only ever added', async () => {
  await register('v1')
  await expect(store.client.query("update model_events set actor = 'nobody'")).rejects.toThrow(
    'Rows of model_events are only ever added.',
  )
  await expect(store.client.query('delete from model_events')).rejects.toThrow(/only ever added/)
})
