/** The one way in which our processes talk to the warehouse, embedded or real. */
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { BACKGROUND_SETTINGS, ONLINE_SETTINGS } from '@shelfcast/contracts/background'
import { DATABASE } from '@shelfcast/contracts/warehouse'
import { BACKGROUND_THREADS } from '@shelfcast/runtime/background'

export type { ClickHouseClient as Warehouse } from '@clickhouse/client'
export { ClickHouseError, TupleParam } from '@clickhouse/client'

// A load of many blocks, or a query over all history on a busy laptop, may take minutes.
const REQUEST_TIMEOUT_MS = 600_000

const SETTINGS = {
  // Who may only read sets nothing of how others wait.
  analyst: {},
  online: ONLINE_SETTINGS,
  background: { ...BACKGROUND_SETTINGS, max_threads: BACKGROUND_THREADS },
}

/**
 * A client with connections of its own; close() it on stop.
 * It does not connect until it is used, so it can be made before the warehouse is up.
 * Query parameters that would make the URL too long travel in the body, so arrays of many thousand values work.
 *
 * @param options.application name of the part, as in components.json: shown in the warehouse's query log
 * @param options.work `background` where nobody waits for the answers: then its statements yield to those of the others;
 *   `analyst` with the rights of that user
 * @param options.database where unqualified names are looked up; `shelfcast` when left out
 */
export function createWarehouse(options: {
  url: string
  user: string
  password: string
  application: string
  work?: keyof typeof SETTINGS
  database?: string
}): ClickHouseClient {
  return createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    application: options.application,
    database: options.database ?? DATABASE,
    request_timeout: REQUEST_TIMEOUT_MS,
    keep_alive: { enabled: true },
    use_multipart_params_auto: true,
    clickhouse_settings: SETTINGS[options.work ?? 'online'],
    // Each caller logs its own failures, with what it was about to do.
    log: { level: ClickHouseLogLevel.OFF },
  })
}
