/** The rounds of a campaign: faults strike, alone or two at once, and then everything is checked. */
import { setTimeout as delay } from 'node:timers/promises'
import type { SimpleFaker } from '@faker-js/faker'
import type { Campaign } from './campaign.ts'
import type { Fault } from './faults.ts'
import { Discrepancy } from './verification.ts'

export interface Outcome {
  /** How often each kind struck. */
  struck: Map<string, number>
  checks: number
  /** Rows, accepted and refused, that came of what Kafka held, and were found in lake and warehouse. */
  rows: number
  lost: number
  doubled: number
}

/** Of faults that may strike together, so many do. */
const PAIRED = 0.5
/** More processes than partitions of a laptop's share would only wait. */
const MOST_MEMBERS = 3

/** Sales go on for so long after the last fault is mended. */
const AFTERMATH_MS = 300

/** Each fault as often as it is to strike, in an order by chance. */
export function planRounds(faults: readonly Fault[], random: SimpleFaker): Fault[][] {
  const left = random.helpers.shuffle(
    faults.flatMap((fault) => Array.from({ length: fault.times }, () => fault)),
  )
  const rounds: Fault[][] = []
  for (let first = left.pop(); first; first = left.pop()) {
    const { victim } = first
    const other = left.findLastIndex((fault) => fault.overlaps && fault.victim !== victim)
    const isPaired = first.overlaps && other >= 0 && random.number.float() < PAIRED
    rounds.push(isPaired ? [first, ...left.splice(other, 1)] : [first])
  }
  return rounds
}

/** @throws at the first difference; `outcome` tells how far it came */
export async function runRounds(campaign: Campaign, rounds: Fault[][], outcome: Outcome): Promise<void> {
  const { crew, verification, say } = campaign
  await crew.begin()
  try {
    for (const [index, round] of rounds.entries()) {
      const began = performance.now()
      await strike(campaign, round)
      for (const { kind } of round) outcome.struck.set(kind, (outcome.struck.get(kind) ?? 0) + 1)
      const struckAt = performance.now()
      await verification.check()
      outcome.checks++
      outcome.rows = verification.account.rows
      if (crew.size > MOST_MEMBERS - 1) await crew.shrink()
      const seconds = (from: number, to: number) => ((to - from) / 1_000).toFixed(1)
      say(
        `${index + 1}/${rounds.length} ${round.map(({ kind }) => kind).join(' + ')}: exact, ${outcome.rows} rows ` +
          `(${seconds(began, struckAt)} s and ${seconds(struckAt, performance.now())} s)`,
      )
    }
    await verification.checkFromScratch()
    outcome.checks++
  } catch (error) {
    if (error instanceof Discrepancy) {
      outcome.lost = error.differences.lost.length
      outcome.doubled = error.differences.doubled.length
    }
    throw error
  }
}

async function strike(campaign: Campaign, round: Fault[]): Promise<void> {
  if (round.some(({ quiet }) => quiet)) {
    for (const fault of round) await fault.strike(campaign)
    return
  }
  const sales = campaign.stream()
  const struck = await Promise.allSettled(round.map((fault) => fault.strike(campaign)))
  await delay(AFTERMATH_MS)
  const sent = await Promise.allSettled([sales.stop()])
  for (const [index, result] of [...struck, ...sent].entries()) {
    if (result.status === 'rejected') {
      throw new Error(`${round[index]?.kind ?? 'sending sales'} failed: ${result.reason?.message}`, {
        cause: result.reason,
      })
    }
  }
}

/** The table that a campaign ends with. */
export function tableOf({ struck, checks, rows, lost, doubled }: Outcome): string {
  const kinds = [...struck].sort(([one], [other]) => one.localeCompare(other))
  const total = kinds.reduce((sum, [, times]) => sum + times, 0)
  const lines = [...kinds, ['faults', total] as const].map(
    ([kind, times]) => `${String(times).padStart(5)}  ${kind}`,
  )
  return [
    ...lines,
    `rows checked: ${rows}, in lake and warehouse, after each of ${checks} rounds`,
    `lost: ${lost}`,
    `doubled: ${doubled}`,
  ].join('\n')
}
