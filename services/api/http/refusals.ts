/** What the operational store answers, as clients of the API read it. */

import { OrderRefusal } from '@shelfcast/operational/order-rows'
import { OverrideRefusal } from '@shelfcast/operational/overrides'
import { SettingsConflict } from '@shelfcast/operational/planning-settings'
import { RegistryRefusal } from '@shelfcast/operational/registry'
import { RunRefusal } from '@shelfcast/operational/run-rows'
import { fault, operationalError } from './errors.ts'

const NOT_FOUND: readonly string[] = ['unknown_version', 'unknown_run', 'unknown_order', 'unknown_override']

const statusOf = (code: OverrideRefusal['code']): number =>
  code === 'invalid_override' ? 400 : NOT_FOUND.includes(code) ? 404 : 409

/** What registry, runs and settings do not do is the client's to know; that the store is away, too. */
export async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof RegistryRefusal || error instanceof RunRefusal || error instanceof OrderRefusal)
      throw fault(NOT_FOUND.includes(error.code) ? 404 : 409, error.code, error.message)
    if (error instanceof OverrideRefusal) throw fault(statusOf(error.code), error.code, error.message)
    if (error instanceof SettingsConflict) throw fault(409, 'settings_changed', error.message)
    throw operationalError(error)
  }
}
