import { DEFAULT_SETTINGS } from '@shelfcast/contracts/planning'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createSettings, type Settings, SettingsConflict } from './planning-settings.ts'

let store: TestStore
let settings: Settings
beforeAll(async () => {
  store = await startStore()
  settings = createSettings(store.client)
}, 90_000)
afterAll(() => store?.stop())

const change = (version: number, order_line_cost: number) =>
  settings.change({
    version,
    settings: { ...DEFAULT_SETTINGS, order_line_cost },
    actor: 'ada',
    reason: 'what the depot counted',
  })

test('the rules of planning are the defaults until somebody changes them, and each change is kept', async () => {
  expect(await settings.current()).toMatchObject({ version: 0, settings: DEFAULT_SETTINGS })
  await change(0, 55)
  await change(1, 60)
  expect(await settings.current()).toMatchObject({ version: 2, settings: { order_line_cost: 60 } })
  expect((await settings.history()).map(({ version }) => version)).toEqual([2, 1])
  await expect(store.client.query('update planning_settings set reason = $1', ['other'])).rejects.toThrow(
    'only ever added',
  )
})

test('of two who change the same version one wins, and the other is told what is there now', async () => {
  const { version } = await settings.current()
  const outcomes = await Promise.allSettled([change(version, 70), change(version, 80)])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const [refusal] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refusal).toBeInstanceOf(SettingsConflict)
  expect(refusal.message).toContain(`send the change with version ${version + 1}`)
})
