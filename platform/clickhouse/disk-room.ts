/**
 * Room on the disk for definitions of tables. The engine keeps some free of what it inserts and merges, not of these: on
 * a disk that is full to the last byte it leaves an empty file in the place of a definition, says that it went well, and
 * never opens again (chDB 3.4). So below that room no definition is written, by a statement or by a view that refreshes.
 */
import { statfsSync } from 'node:fs'
import type { Logger } from '@shelfcast/runtime/log'
import { DISK_KEPT_FREE } from './configuration.ts'
import type { Engine } from './engine.ts'
import { CODE, Failure } from './failure.ts'

/** Kinds of statements that write a definition, or a mutation, which is read like one. What drops makes room. */
const DEFINING_KINDS = new Set([
  'alter',
  'attach',
  'create',
  'delete',
  'exchange',
  'rename',
  'replace',
  'undrop',
  'update',
])
/** Half of the room takes a disk longer than this to fill. */
const LOOK_MS = 500

export interface DiskRoom {
  /** @throws Failure 243 when a statement of this kind writes a definition, and there is no room */
  check(kind: string): void
  close(): Promise<void>
}

/** @param folder on the disk in question */
export async function watchDiskRoom(folder: string, engine: Engine, log: Logger): Promise<DiskRoom> {
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  const isShort = () => freeBytes() < DISK_KEPT_FREE
  let isRefreshing = true

  async function look() {
    const mayRefresh = !isShort()
    if (mayRefresh === isRefreshing) return
    await engine.asService((connection) => connection.run(`system ${mayRefresh ? 'start' : 'stop'} views`))
    isRefreshing = mayRefresh
    if (mayRefresh) log.info({ folder }, 'the disk has room again; views are refreshed')
    else log.warn({ folder, free_bytes: freeBytes() }, 'the disk is nearly full; views are not refreshed')
  }

  await look()
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look).catch((error) => log.warn({ err: error }, 'room on the disk is not known'))
  }, LOOK_MS).unref()

  return {
    check(kind) {
      if (DEFINING_KINDS.has(kind) && isShort())
        throw new Failure(
          CODE.notEnoughSpace,
          `Not enough space: the disk of ${folder} has less than ${DISK_KEPT_FREE / 1_048_576} MiB left, so no table is created or altered. Free some, then ask again`,
        )
    },
    async close() {
      clearInterval(timer)
      await looking
    },
  }
}
