/** Whether each part of a running stack answers. */
import { NotReady } from '@shelfcast/runtime/away'
import type { Patience } from '@shelfcast/runtime/patience'
import type { PartName } from '../../parts/parts.ts'
import type { StackState } from '../../state/stack.ts'
import { brokerAnswers, lakeAnswers, operationalAnswers, serviceIsReady } from '../../supervisor/probes.ts'

export interface PartHealth {
  healthy: boolean
  /** What is wrong, or empty. */
  detail: string
}

export type Health = Partial<Record<PartName, PartHealth>>

export async function checkHealth(
  state: StackState,
  variables: Record<string, string>,
  patience: Patience,
): Promise<Health> {
  const probes: Record<PartName, () => Promise<boolean>> = {
    kafka: () => brokerAnswers(state.ports.kafka.broker!),
    lake: () => lakeAnswers(variables),
    warehouse: () => serviceIsReady(state.ports.warehouse.http!),
    operational: () =>
      operationalAnswers({ url: variables.OPERATIONAL_URL!, password: variables.OPERATIONAL_PASSWORD! }),
    ingest: () => serviceIsReady(state.ports.ingest.health!),
    spark: () => serviceIsReady(state.ports.spark.health!),
    inference: () => serviceIsReady(state.ports.inference.http!),
    api: () => serviceIsReady(state.ports.api.http!),
    twin: () => serviceIsReady(state.ports.twin.health!),
    jobs: () => serviceIsReady(state.ports.jobs.health!),
  }
  const entries = await Promise.all(
    state.parts.map(async (name): Promise<[PartName, PartHealth]> => {
      let detail = ''
      const look = async () => {
        detail = await faultOf(probes[name])
        if (detail !== '') throw new NotReady(503, detail)
      }
      try {
        await patience.until(name, look)
        return [name, { healthy: true, detail }]
      } catch {
        return [name, { healthy: false, detail }]
      }
    }),
  )
  return Object.fromEntries(entries)
}

/** What is wrong, or empty. */
async function faultOf(probe: () => Promise<boolean>): Promise<string> {
  try {
    return (await probe()) ? '' : 'does not answer that it is ready'
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined
    return cause?.message ?? (error as Error).message
  }
}
