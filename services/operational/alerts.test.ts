import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createAlerts } from './alerts.ts'

let store: TestStore
beforeAll(async () => {
  store = await startStore()
}, 90_000)
afterAll(() => store?.stop())

test('an alert is raised once, seen again, cleared, and then raised anew', async () => {
  const alerts = createAlerts(store.client)
  const drift = {
    kind: 'feature-drift',
    object: 'demand/lag_7',
    severity: 'warning',
    text: 'PSI 0.24',
  } as const
  const first = await alerts.raise(drift)
  expect(first).toMatchObject({ isNew: true, alert: { ...drift, detail: {}, cleared_at: null } })
  const again = await alerts.raise({
    ...drift,
    severity: 'critical',
    text: 'PSI 0.41',
    detail: { psi: 0.41 },
  })
  expect(again).toMatchObject({
    isNew: false,
    alert: { id: first.alert.id, severity: 'critical', detail: { psi: 0.41 } },
  })
  expect(again.alert.last_seen_at > first.alert.last_seen_at).toBe(true)
  expect(again.alert.raised_at).toBe(first.alert.raised_at)
  await alerts.raise({ ...drift, object: 'demand/price' })
  expect((await alerts.open('feature-drift')).map(({ object }) => object)).toEqual([
    'demand/price',
    'demand/lag_7',
  ])
  expect((await alerts.clear('feature-drift', 'demand/lag_7'))?.id).toBe(first.alert.id)
  expect(await alerts.clear('feature-drift', 'demand/lag_7')).toBeUndefined()
  expect(await alerts.open()).toHaveLength(1)
  expect((await alerts.raise(drift)).isNew).toBe(true)
  expect(await alerts.latest()).toHaveLength(3)
})
