/** Faults of every kind while sales come in: nothing lost, nothing counted twice. */
import { randomInt } from 'node:crypto'
import { SimpleFaker } from '@faker-js/faker'
import { expect, test } from 'vitest'
import { startCampaign } from './campaign.ts'
import { FAULTS, NEED_SMALL_DISKS } from './faults.ts'
import { type Outcome, planRounds, runRounds, tableOf } from './rounds.ts'

/** The same seed plans the same faults in the same order; when each meets its process is up to the machine. */
const seed = Number(process.env.CAMPAIGN_SEED ?? randomInt(2 ** 31))
/** Kinds that match this pattern, for a look at some of them. */
const only = process.env.CAMPAIGN_ONLY
const FAULTS_AT_LEAST = 200

test('a campaign of faults', async () => {
  const began = performance.now()
  const say = (text: string) => {
    process.stdout.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`)
  }
  say(`seed ${seed}; CAMPAIGN_SEED=${seed} plans the same`)
  const random = new SimpleFaker()
  random.seed(seed)
  const outcome: Outcome = { struck: new Map(), checks: 0, rows: 0, lost: 0, doubled: 0 }
  const campaign = await startCampaign({ seed, smallDisks: true, say })
  try {
    const hasDisks = campaign.disks.lake !== undefined && campaign.disks.warehouse !== undefined
    if (!hasDisks) say('NO DISK WILL BE FULL: file systems may not be mounted here. Run it as root on Linux.')
    const possible = FAULTS.filter((fault) => hasDisks || !NEED_SMALL_DISKS.has(fault))
    const rounds = planRounds(
      possible.filter(({ kind }) => new RegExp(only ?? '').test(kind)),
      random,
    )
    await runRounds(campaign, rounds, outcome)
    const struck = [...outcome.struck.values()].reduce((sum, times) => sum + times, 0)
    if (only === undefined) expect(struck).toBeGreaterThanOrEqual(FAULTS_AT_LEAST)
    expect({ lost: outcome.lost, doubled: outcome.doubled }).toEqual({ lost: 0, doubled: 0 })
  } finally {
    await campaign.end()
    say(`done with seed ${seed}\n${tableOf(outcome)}`)
  }
}, 3_600_000)
