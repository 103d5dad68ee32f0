import { expect, test, vi } from 'vitest'
import { killWhileSending } from './orders.ts'

vi.setConfig({ testTimeout: 900_000 })

test('100 kills while orders are approved and sent: each is with the ERP once, and none is lost', async () => {
  const report = await killWhileSending({ kills: 100, seed: 1 })
  console.log(JSON.stringify(report))
  expect(report).toMatchObject({ lost: [], doubled: [], unasked: [], untold: [], faults: [] })
  expect(report.acknowledged).toBe(273)
  // Each of the three was killed, and the keys were needed.
  expect(Math.min(...Object.values(report.kills))).toBeGreaterThan(3)
  expect(report.repeated).toBeGreaterThan(20)
})
