/** The ingest processes of a campaign: members of one consumer group, some of whom come to harm. */
import { setTimeout as delay } from 'node:timers/promises'
import type { SimpleFaker } from '@faker-js/faker'
import type { StackVariables } from '../stack/figures.ts'
import { type IngestProcess, startIngest } from '../stack/processes.ts'

export interface Crew {
  readonly size: number
  /** A process more in the group, ready to read. */
  join(): Promise<IngestProcess>
  /** One of those that run, by chance. */
  pick(): IngestProcess
  /** SIGTERM. @throws when it does not end as it should */
  leave(member: IngestProcess): Promise<void>
  /** SIGKILL. */
  kill(member: IngestProcess): Promise<void>
  killAll(): Promise<void>
  /** Starts one that kills itself, and waits until it has. It belongs to no other's group. */
  doomed(killAfter: string): Promise<void>
  /** After all were killed. @param extra variables of the first process */
  begin(extra?: Record<string, string>): Promise<void>
  /** Down to one, each leaving as it should. */
  shrink(): Promise<void>
}

// Blocks of tens of milliseconds: many of them, so that faults meet each of their steps.
const LINGER_MS = '20'
/** As the supervisor does it. */
const RESTART_MS = 250
const MOST_STARTS = 20
/** Sales come in all the time, so each step is met within seconds once the stores are there. */
const DOOMED_LIMIT_MS = 90_000
/** How long a killed member's partitions stay with it: the longest, so a new group is usually quicker. */
const SAME_GROUP_CHANCE = 0.2

/** @param onSurprise told when a process ends that nobody harmed: it is started again, as the supervisor does */
export function createCrew(
  variables: StackVariables,
  random: SimpleFaker,
  onSurprise: (text: string) => void,
): Crew {
  const members = new Set<IngestProcess>()
  let group = 0

  async function start(extra: Record<string, string> = {}): Promise<IngestProcess> {
    const member = await startIngest(variables, {
      INGEST_GROUP: `crew-${group}`,
      INGEST_LINGER_MS: LINGER_MS,
      ...extra,
    })
    return member
  }

  async function join(extra?: Record<string, string>): Promise<IngestProcess> {
    for (let attempt = 1; ; attempt++) {
      const member = await start(extra)
      members.add(member)
      try {
        await member.ready()
        void member.ended.then((how) => replace(member, how))
        return member
      } catch (error) {
        // A store may be away, or nobody wants it any more.
        if (!members.delete(member) || attempt === MOST_STARTS) throw error
        onSurprise(`an ingest process did not become ready: ${(error as Error).message}`)
        member.process.kill('SIGKILL')
        await delay(RESTART_MS)
      }
    }
  }

  async function replace(member: IngestProcess, how: number | NodeJS.Signals): Promise<void> {
    if (!members.delete(member)) return
    onSurprise(`an ingest process ended by itself with ${how}: ${faultsOf(member)}`)
    await delay(RESTART_MS)
    await join().catch((error) => onSurprise(`it could not be started again: ${error.message}`))
  }

  async function kill(member: IngestProcess): Promise<void> {
    members.delete(member)
    member.process.kill('SIGKILL')
    await member.ended
  }

  async function leave(member: IngestProcess): Promise<void> {
    members.delete(member)
    const how = await member.stop()
    if (how !== 0) throw new Error(`an ingest process that was told to stop ended with ${how}`)
  }

  return {
    get size() {
      return members.size
    },
    join: () => join(),
    pick: () => random.helpers.arrayElement([...members]),
    leave,
    kill,
    async killAll() {
      await Promise.all([...members].map(kill))
      if (random.number.float() > SAME_GROUP_CHANCE) group++
    },
    async doomed(killAfter) {
      for (let attempt = 1; ; attempt++) {
        group++
        const member = await start({ INGEST_KILL_AFTER: killAfter })
        const limit = new AbortController()
        const how = await Promise.race([
          member.ended,
          delay(DOOMED_LIMIT_MS, 'still runs', { signal: limit.signal }).catch(() => 'was not waited for'),
        ])
        limit.abort()
        if (how === 'SIGKILL') break
        if (how === 'still runs')
          throw new Error(`${killAfter} was not reached:\n${member.output().slice(-4_000)}`)
        if (attempt === MOST_STARTS) throw new Error(`an ingest process that kills itself ended with ${how}`)
        onSurprise(`an ingest process ended with ${how} before it killed itself`)
        await delay(RESTART_MS)
      }
      group++
    },
    async begin(extra) {
      if (members.size === 0) await join(extra)
    },
    async shrink() {
      for (const member of [...members].slice(1)) await leave(member)
    },
  }
}

/** What it logged as fatal. */
function faultsOf(member: IngestProcess): string {
  const lines = member.output().split('\n')
  return lines.filter((line) => line.startsWith('{"level":60')).join('\n') || 'it said nothing of it'
}
