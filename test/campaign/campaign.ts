/** A stack under fire: faults strike while sales come in, and after each of them everything is held against Kafka. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SimpleFaker } from '@faker-js/faker'
import { layout } from '@shelfcast/platform/state/layout'
import { heldBy } from '@shelfcast/platform/supervisor/folder'
import { openStack, type Stack } from '@shelfcast/platform/supervisor/supervise'
import { mountSmallDisk, type SmallDisk, unmountLeftovers } from '../platform/small-disk.ts'
import { dirtyBaskets, produce, publishReference } from '../stack/dirt.ts'
import { killAll } from '../stack/processes.ts'
import { type Crew, createCrew } from './crew.ts'
import { createFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { createVerification, type Verification } from './verification.ts'

export type Store = 'lake' | 'warehouse'

export interface Campaign {
  stack: Stack
  crew: Crew
  random: SimpleFaker
  /** Between ingest and the stores. */
  proxies: Record<Store, FaultProxy>
  /** Where mounting is allowed. */
  disks: Partial<Record<Store, SmallDisk>>
  verification: Verification
  /** Sends baskets, some of which were sent before. */
  produce(baskets: number): Promise<void>
  /** Sends baskets until it is told to stop. */
  stream(): { stop(): Promise<void> }
  say(text: string): void
  /** Ends all processes and mounts. */
  end(): Promise<void>
}

const SLOW_MS = 400
/** Baskets of the stream: enough that each partition makes a block of its own every few tens of milliseconds. */
const STREAM = { baskets: 60, everyMs: 80 }
/** Of so many baskets, one is sent again that was sent long before. */
const REPEAT_EVERY = 40

/** @param options.smallDisks whether the stores are put on disks that can be full */
export async function startCampaign(options: {
  seed: number
  smallDisks: boolean
  say(text: string): void
}): Promise<Campaign> {
  const { say } = options
  const random = new SimpleFaker()
  random.seed(options.seed)
  const beginning = join(tmpdir(), 'shelfcast-campaign-')
  // Of campaigns that were killed themselves.
  for (const left of unmountLeftovers(beginning, (folder) => heldBy(folder) !== undefined)) {
    await rm(left, { recursive: true, force: true })
  }
  const folder = await mkdtemp(beginning)
  const undo: (() => Promise<unknown> | unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const end = async () => {
    for (const step of undo.splice(0).reverse()) {
      await Promise.resolve()
        .then(step)
        .catch((error: Error) => say(`cleaning up: ${error.message}`))
    }
  }
  try {
    const stack = await openStack({
      dataDir: folder,
      ports: 'free',
      parts: ['kafka', 'lake', 'warehouse'],
      onNews: (part, text) => say(`${part} ${text}`),
    })
    const disks: Campaign['disks'] = {}
    if (options.smallDisks) {
      for (const store of ['lake', 'warehouse'] as const) {
        const disk = mountSmallDisk(layout(folder)[store])
        if (!disk) continue
        disks[store] = disk
        undo.push(() => disk.unmount())
      }
    }
    undo.push(() => stack.stop())
    await stack.start()
    const variables = stack.environment
    await publishReference(variables)
    const pick = (below: number) => random.number.int({ min: 0, max: Math.max(0, below - 1) })
    const proxies = {
      lake: await createFaultProxy(variables.S3_ENDPOINT!, SLOW_MS, pick),
      warehouse: await createFaultProxy(variables.CLICKHOUSE_URL!, SLOW_MS, pick),
    }
    undo.push(() => Promise.all([proxies.lake.close(), proxies.warehouse.close()]))
    const verification = await createVerification(variables)
    undo.push(() => verification.stop())
    const crew = createCrew(
      { ...variables, S3_ENDPOINT: proxies.lake.url, CLICKHOUSE_URL: proxies.warehouse.url },
      random,
      say,
    )
    undo.push(async () => {
      await crew.killAll()
      await killAll()
    })
    let produced = 0

    async function produceBaskets(baskets: number): Promise<void> {
      const { messages } = dirtyBaskets(baskets, produced)
      for (let at = 0; at < baskets && produced > 0; at += REPEAT_EVERY) {
        messages.push(...dirtyBaskets(1, pick(produced)).messages)
      }
      produced += baskets
      await produce(variables, messages)
    }

    return {
      stack,
      crew,
      random,
      proxies,
      disks,
      verification,
      say,
      end,
      produce: produceBaskets,
      stream() {
        let stopped = false
        const done = (async () => {
          while (!stopped) {
            await produceBaskets(STREAM.baskets)
            await delay(STREAM.everyMs)
          }
        })()
        // Whoever stops it hears of it.
        done.catch(() => undefined)
        return {
          stop() {
            stopped = true
            return done
          },
        }
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}
