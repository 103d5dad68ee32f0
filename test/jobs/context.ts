/** What a job is given when a test runs it without the engine. */
import { type JobName, type JobParameters, parametersOf } from '@shelfcast/contracts/runs'
import { type Backends, backendsOf } from '@shelfcast/jobs/backends'
import type { JobContext } from '@shelfcast/jobs/engine/job'
import type { Connectors } from '@shelfcast/jobs/environment'
import type { Lake } from '@shelfcast/runtime/lake'
import type { TestStore } from '../operational/store.ts'
import type { TestWarehouse } from '../warehouse/warehouse.ts'

export const NOWHERE: Connectors = {
  OPEN_METEO_URL: undefined,
  OPEN_METEO_ARCHIVE_URL: undefined,
  NAGER_URL: undefined,
  WORLD_BANK_URL: undefined,
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

/** @param backends those that the job asks for */
export function contextOf<Name extends JobName>(
  job: Name,
  backends: Partial<Backends>,
  overrides: Partial<Omit<JobContext<Name>, 'parameters' | 'backends'>> & {
    parameters?: Partial<JobParameters<Name>>
  } = {},
): JobContext<Name> {
  return {
    actor: 'test',
    connectors: NOWHERE,
    log: silent,
    now: () => Date.parse('2026-06-01T04:00:00Z'),
    signal: new AbortController().signal,
    progress: () => undefined,
    ...overrides,
    parameters: parametersOf(job, overrides.parameters),
    backends: backends as Backends,
  }
}

/** All of them, of stores that tests have. */
export function testBackends(warehouse: TestWarehouse, store: TestStore, lake: Lake): Backends {
  return backendsOf({
    server: warehouse.access,
    warehouse: warehouse.client,
    operational: store.client,
    lake,
  })
}
