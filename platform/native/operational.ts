import { storeResponds } from '@shelfcast/operational/probe'
import { openCluster, STOP_SIGNAL } from '../postgres/cluster.ts'
import { layout } from '../state/layout.ts'
import { accessTo } from '../state/stack.ts'
import { operationalAnswers } from '../supervisor/probes.ts'
import { type Plan, type PlanInput, QUESTION_MS, SILENCE_MS } from './plan.ts'

export function operationalPlan({ dataDir, ports, secrets, tools }: PlanInput): Plan {
  const { OPERATIONAL_URL: url, OPERATIONAL_PASSWORD: password } = accessTo(ports, secrets).operational
  const access = { url: url!, password: password! }
  const cluster = openCluster({
    folder: layout(dataDir).operational,
    binaries: tools.postgres,
    port: ports.operational.sql!,
    password: access.password,
  })
  return {
    command: cluster.command,
    args: cluster.args,
    environment: cluster.environment,
    ...(cluster.account && { account: cluster.account }),
    format: 'postgres',
    stopSignal: STOP_SIGNAL,
    async prepare(note) {
      for (const text of cluster.notes.splice(0)) note(text)
      await cluster.prepare()
    },
    sweep: cluster.sweep,
    isReady: () => operationalAnswers(access),
    liveness: { answers: () => storeResponds(access, QUESTION_MS), silenceMs: SILENCE_MS },
  }
}
