import { expect, test, vi } from 'vitest'
import { killWhileSending } from './orders.ts'

vi.setConfig({ testTimeout: 120_000 })

test('kills while orders are approved and sent: each is with the ERP once, and none is lost', async () => {
  const report = await killWhileSending({ kills: 4, seed: 3 })
  expect(report).toMatchObject({ lost: [], doubled: [], unasked: [], untold: [], faults: [] })
  expect(report.acknowledged).toBe(14)
})
