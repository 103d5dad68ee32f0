/** How each part is asked whether it works. */
import { PLATFORM_ZONES } from '@shelfcast/contracts/lake'
import type { Operational } from '@shelfcast/operational/client'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { Broker } from '../pipeline/broker.ts'
import { type Probe, probeService } from './parts.ts'

/** Probes by name of the part, as in components.json; the twin, the jobs and Spark only where they have an address. */
export function createProbes(options: {
  broker: Broker
  lake: Lake
  warehouse: Warehouse
  operational: Operational
  ingestUrl: string
  twinUrl: string
  inferenceUrl: string
  jobsUrl: string
  sparkUrl: string
}): Record<string, Probe> {
  const { broker, lake, warehouse, operational } = options
  return {
    kafka: async () => void (await broker.ranges()),
    lake: async () => {
      for (const zone of PLATFORM_ZONES) {
        if (await lake.client.bucketExists(lake.bucket(zone))) continue
        throw new Error(`no bucket ${lake.bucket(zone)}; run platform/setup/provision.ts`)
      }
    },
    warehouse: async () => {
      const answer = await warehouse.ping()
      if (!answer.success) throw answer.error
    },
    operational: () => operational.ping(),
    ingest: probeService(options.ingestUrl),
    // Whoever reads this has its answer.
    api: async () => {},
    ...(options.twinUrl === '' ? {} : { twin: probeService(options.twinUrl) }),
    ...(options.inferenceUrl === '' ? {} : { inference: probeService(options.inferenceUrl) }),
    ...(options.jobsUrl === '' ? {} : { jobs: probeService(options.jobsUrl) }),
    ...(options.sparkUrl === '' ? {} : { spark: probeService(options.sparkUrl) }),
  }
}
