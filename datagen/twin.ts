/** Service: the retailer twin, a chain of stores that lives. Its events go to Kafka; its director answers HTTP. */
import { twin } from '@shelfcast/platform/parts/twin'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { createService } from '@shelfcast/runtime/service'
import { StoreClock } from './director/clock.ts'
import { Director } from './director/director.ts'
import { insist } from './director/insist.ts'
import { createListPrices } from './director/list-prices.ts'
import { createTwinMetrics } from './director/metrics.ts'
import { createOrderLog } from './director/order-log.ts'
import { createOutlook, outlookBegin } from './director/outlook.ts'
import { changeOfRun } from './director/place.ts'
import { runOf } from './director/run.ts'
import { buildDirectorServer } from './director/server.ts'
import { createSilentDays } from './director/silent-days.ts'
import { type LiveMaker, openStage } from './director/stage.ts'
import { type PlacedEvent, play } from './director/stream.ts'
import { createTruthLog } from './director/truth-log.ts'
import { readManifest } from './history/manifest.ts'
import { lastDay, readStart } from './history/seed.ts'
import { createSender } from './send.ts'
import { createConditions } from './sim/conditions.ts'
import { PLAIN_POLICY } from './sim/model.ts'
import { createLive, openLive } from './till/live.ts'
import { readWorld, worldDigest } from './world/read.ts'

// After a kill the events since the last save are sent again; the gate knows them by their ids.
const SAVE_EVERY_MS = 2_000

const environment = readEnvironment(twin.environment)
const log = createLog('twin', environment.LOG_LEVEL)
const service = createService(log)
let director: Director | undefined

const app = await buildDirectorServer({
  log,
  registry: service.registry,
  isReady: service.isReady,
  director: () => director,
  token: environment.TWIN_TOKEN,
  ownHosts: ownHosts(environment),
})
await app.listen({ host: environment.BIND_HOST, port: environment.TWIN_PORT })
service.onStop('server', () => app.close())
await run().catch((error) => service.stop(error))

async function run(): Promise<void> {
  const { TWIN_SEED: seed, TWIN_SPEED: speed } = environment
  const world = readWorld(environment.TWIN_WORLD)
  const run = runOf(world, worldDigest(world), seed)
  const lake = createLake(environment)
  const kafka = createKafka({ brokers: environment.KAFKA_BROKERS, clientId: 'twin', log })

  const lastRun = await changeOfRun(lake, run)
  if (lastRun)
    log.info(
      { run: run.id, before: lastRun },
      'another world or seed: a new run; the other one keeps its place',
    )

  const stop = new AbortController()
  const { signal } = stop
  const persisted = { log, signal }
  const clock = new StoreClock({ at: Date.now(), speed })
  const truth = createTruthLog(lake, run, world)
  const orders = createOrderLog(lake, run)
  const metrics = createTwinMetrics(service.registry, clock)
  const silent = createSilentDays({ lake, world, run })
  const outlook = createOutlook({
    lake,
    log,
    run,
    signal,
    conditions: createConditions(world, seed),
    begin: outlookBegin(await readManifest(lake, run)),
  })
  const stage = await openStage({
    lake,
    log,
    world,
    run,
    clock,
    live: await liveMaker(),
    onDay(day, silence) {
      truth.day(day)
      if (silence) silent.add(day, silence)
    },
    onHour({ at, labels, orders: lines }) {
      orders.add(at, lines)
      truth.labels(at, labels)
      metrics.labelled(labels)
    },
  })

  async function liveMaker(): Promise<LiveMaker> {
    const conditions = createConditions(world, seed)
    const start = (await readStart(lake, run)) ?? { day: lastDay(Date.now()) + 1 }
    const options = { conditions, policy: PLAIN_POLICY, run: run.short }
    return {
      begin: (onDay) => createLive({ ...options, onDay }, start),
      open: (snapshot, onDay) => openLive({ ...options, onDay }, snapshot),
    }
  }

  const listPrices = createListPrices({ lake, world, seed })
  await listPrices.publish(stage.live.at)
  const tellOutlook = () => outlook.reach(stage.live.at, stage.live.happenings())
  tellOutlook()
  const sender = await createSender<PlacedEvent>({
    kafka,
    onAcknowledged(events) {
      stage.acknowledged(events.at(-1)!.next)
      metrics.acknowledged(events)
    },
  })
  const playing = play({
    stage,
    sender,
    signal,
    settled: async () => {
      tellOutlook()
      await insist({ ...persisted, what: 'truth of the twin' }, async () => {
        await truth.settled()
        await orders.settled()
        await silent.settled()
        await listPrices.publish(stage.live.at)
      })
    },
    closed: () =>
      insist({ ...persisted, what: 'truth of the twin' }, async () => {
        await truth.settled()
        await orders.settled()
        await silent.close()
      }),
    onSent: metrics.sent,
    onEnd: () =>
      log.warn('the stores have come to the end of 2099, and stand there. Begin anew: npm start -- --fresh'),
  })
  let saving = Promise.resolve()
  const timer = setInterval(() => {
    saving = saving
      .then(() => stage.save())
      .catch((error) => log.warn({ err: error }, 'place of the twin not written; it is tried again'))
  }, SAVE_EVERY_MS)
  service.onStop('twin', async () => {
    stop.abort()
    clearInterval(timer)
    await playing
    await outlook.settled()
    await truth.flush()
    await saving
    await stage.save()
    await sender.close()
  })
  playing.catch((error) => service.stop(error))
  director = new Director(stage, seed)
  log.info(
    { run: run.id, speed, store_time: new Date(stage.live.at).toISOString(), first_start: stage.isNew },
    'the stores live',
  )
  service.ready()
}
