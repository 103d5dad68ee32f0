/** What is set on a connection before a statement, and taken back after it where the connection lives on. */

import { identifier, literal } from '@shelfcast/warehouse/quoting'
import type { Call } from '../call.ts'
import { ANALYST_ROLE } from '../configuration.ts'
import type { Connection } from '../engine.ts'
import type { Lease } from '../sessions.ts'
import { CEILINGS, TEMPORARY_DISK } from './analyst.ts'
import { databaseFor } from './rights.ts'
import type { User } from './users.ts'

/** @returns takes the settings of this request back */
export async function prepare(user: User, call: Call, lease: Lease): Promise<() => Promise<void>> {
  const { connection } = lease
  const settings = new Map(call.settings)
  const readonly = settings.get('readonly')
  settings.delete('readonly')

  const sets: string[] = []
  if (lease.fresh && user.role === 'analyst') sets.push(...ROLE)
  if (lease.fresh || call.database) sets.push(`use ${identifier(databaseFor(user, call.database))}`)
  let restoring: string | undefined
  if (lease.isShared) {
    // What is set to be there for later requests too, before what is taken back after this one.
    const lasting = sets.splice(0)
    if (lasting.length > 0) await connection.run(lasting.join(';\n'))
    restoring = await valuesNow(connection, [...settings.keys()])
  }
  const assignments = [
    ...[...call.parameters].map(([name, value]) => `param_${name} = ${literal(value)}`),
    ...[...settings].map(([name, value]) => `${name} = ${literal(value)}`),
    `log_comment = ${literal(call.queryId)}`,
  ]
  sets.push(`set ${assignments.join(', ')}`)
  // Last, since nothing that it forbids can be set after it. A service's connection that lives on could never be freed
  // of it; there GET is held to reading statements by their kind alone.
  if (user.role === 'analyst') {
    if (lease.fresh) sets.push('set readonly = 2')
  } else if (!lease.isShared) {
    if (readonly) sets.push(`set readonly = ${literal(readonly)}`)
    else if (call.method === 'GET') sets.push('set readonly = 2')
  }
  const restore = async () => {
    if (restoring) await connection.run(restoring)
  }
  try {
    // All at once: each way to the engine and back takes a turn of its threads, which are many when the machine is busy.
    await connection.run(sets.join(';\n'))
  } catch (error) {
    await restore()
    throw error
  }
  lease.setUp()
  return restore
}

const HALF = CEILINGS.max_memory_usage.most / 2

/** Bounds first, so that no value leaves them; the profile says them and cannot set values. */
export const ROLE = [
  `set profile = '${ANALYST_ROLE}'`,
  `set ${Object.entries(CEILINGS)
    .map(([name, { most }]) => `${name} = ${most}`)
    .join(', ')}`,
  `set max_bytes_before_external_group_by = ${HALF}, max_bytes_before_external_sort = ${HALF}, max_temporary_data_on_disk_size_for_query = ${TEMPORARY_DISK}`,
  `set role ${ANALYST_ROLE}`,
]

/** The statement that sets these settings to what they are now; undefined when there are none. */
async function valuesNow(connection: Connection, names: readonly string[]): Promise<string | undefined> {
  if (names.length === 0) return undefined
  const { bytes } = await connection.run(
    `select name, value from system.settings where changed and name in (${names.map(literal).join(', ')})`,
    'JSONCompactEachRow',
  )
  const lines = Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)
  const values = new Map(lines.map((line) => JSON.parse(line) as [string, string]))
  const assignments = names.map((name) => {
    const value = values.get(name)
    return `${name} = ${value === undefined ? 'default' : literal(value)}`
  })
  return `set ${assignments.join(', ')}`
}
