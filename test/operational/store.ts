/** What the tests of this room share: a migrated store of their own, and rows with overrides. */
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import type { GateVerdict } from '@shelfcast/contracts/models'
import type { Operational } from '@shelfcast/operational/client'
import { migrate } from '@shelfcast/operational/migrate'
import { createLog } from '@shelfcast/runtime/log'
import { type StoreProcess, startStoreProcess } from '../platform/postgres.ts'

export const quiet = createLog('test', 'silent')

export interface TestStore {
  process: StoreProcess
  client: Operational
  stop(): Promise<void>
}

export async function startStore(): Promise<TestStore> {
  const process = await startStoreProcess()
  const client = process.connect()
  const stop = async () => {
    await client.close()
    await process.stop()
  }
  try {
    await migrate(client, quiet)
  } catch (error) {
    await stop()
    throw error
  }
  return { process, client, stop }
}

export function manifestOf(overrides: Partial<ModelManifest> = {}): ModelManifest {
  return {
    model: 'demand',
    version: 'v1',
    created_at: '2026-03-01T06:00:00.000Z',
    code_version: '0.1.0',
    seed: 1,
    feature_hash: '0123456789ab',
    inputs: [{ name: 'lag_7', reason: 'recent sales' }],
    window: { from: '2023-01-01', to: '2026-02-01' },
    parameters: { max_depth: 6 },
    heads: [],
    files: [],
    metrics: { wape: 0.41 },
    backtest: null,
    demand: null,
    ...overrides,
  }
}

export const WON: GateVerdict = {
  passed: true,
  checks: [{ check: 'beats champion', passed: true, found: 'WAPE 0.412 against 0.437' }],
}
export const LOST: GateVerdict = {
  passed: false,
  checks: [
    { check: 'beats champion', passed: false, found: 'WAPE 0.451 against 0.437' },
    { check: 'bias', passed: true, found: '1.2%' },
  ],
}
