/** Command: sends a real file through the platform and says what became of every row. See docs/replay.md. */
import { replay as replayProgram } from '@shelfcast/platform/parts/on-demand'
import { runCommand } from '@shelfcast/runtime/command'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createPatience, isReady, listens, patienceOptions } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { createIngest } from './ingest.ts'
import { type ReplayArguments, replayCommand, type Sending } from './replay/arguments.ts'
import { dryRun } from './replay/csv-dry-run.ts'
import { proposeMapping, writeProposal } from './replay/csv-proposal.ts'
import { countLines, createOffsetLog, followLanding } from './replay/landing.ts'
import { createProgress, type Progress } from './replay/progress.ts'
import { untilReachable } from './replay/reach.ts'
import { figuresOf, type ReplayFigures, table, unaccounted } from './replay/report.ts'
import { createSender, publishReference, type Sender, sendEvents } from './send.ts'
import type { SourceEvent } from './source.ts'

let progress: Progress | undefined
const patience = createPatience({
  ...patienceOptions(),
  say: (text) => (progress ? progress.line(text) : process.stderr.write(`${text}\n`)),
})

await runCommand(
  replayCommand(async (replay) => {
    process.exitCode = await patience.guard(run(replay))
  }),
)
// A Kafka client whose broker did not come back would go on trying.
process.exit()

async function run(replay: ReplayArguments): Promise<number> {
  if (replay.command === 'send') return send(replay)
  if (replay.command === 'dry-run') {
    const { text, summary } = await dryRun(replay.source)
    process.stdout.write(`${text}\n${replay.json ? `${JSON.stringify(summary)}\n` : ''}`)
    return 0
  }
  const { yaml, open } = await proposeMapping(replay.path, Intl.DateTimeFormat().resolvedOptions().timeZone)
  if (replay.write === undefined) process.stdout.write(yaml)
  else writeProposal(replay.write, yaml)
  const where = replay.write === undefined ? 'Save it as a file' : `${replay.write} is written`
  process.stderr.write(
    `${where}, look at these, and give it as --map:\n${open.map((text) => `  ${text}\n`).join('')}`,
  )
  return 0
}

async function send({ source, speed, json }: Sending): Promise<number> {
  const environment = readEnvironment(replayProgram.environment)
  const broker = `kafka://${environment.KAFKA_BROKERS.split(',')[0]}`
  await untilReachable(
    { kafka: broker, lake: environment.S3_ENDPOINT, ingest: environment.INGEST_URL },
    patience,
  )
  // The figures are for the reader; of the clients only what stops them is worth a line.
  const log = createLog('replay', 'error')
  const kafka = createKafka({
    brokers: environment.KAFKA_BROKERS,
    clientId: 'replay',
    log,
    onAway: () => patience.watch('kafka', () => listens(broker)),
  })
  const ingest = createIngest(environment.INGEST_URL, patience)
  process.stderr.write(`reading ${source.name} for its stores and products\n`)
  await source.reference()
  for (const finding of source.findings()) process.stderr.write(`${finding}\n`)
  await publishReference(patientLake(createLake(environment), patience), source)
  const figures = await replay()
  process.stdout.write(`${table(figures)}\n`)
  const missing = unaccounted(figures)
  if (missing !== 0) {
    process.stderr.write(
      `${Math.abs(missing)} rows are ${missing > 0 ? 'in neither fact_sales nor dead_letters' : 'counted twice'}. ` +
        'Compare npm run status with the offsets of sales-transactions, and report this as a fault.\n',
    )
  }
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  return missing === 0 ? 0 : 1

  async function replay(): Promise<ReplayFigures> {
    const offsets = createOffsetLog()
    const bar = createProgress(source.rows())
    progress = bar
    const stop = new AbortController()
    let rowsSent = 0
    let sender: Sender<SourceEvent> | undefined
    try {
      sender = await createSender({
        kafka,
        onAcknowledged(events, ranges) {
          offsets.add(ranges)
          for (const event of events) rowsSent += event.lines
          bar.sent(rowsSent)
        },
      })
      let complete = false
      const began = performance.now()
      const landing = followLanding({
        ingest,
        log: offsets,
        complete: () => complete,
        onProgress: (messages) => bar.landed(messages, offsets.messages()),
        onStill: () => patience.watch('ingest', () => isReady(environment.INGEST_URL)),
        signal: stop.signal,
      })
      // A warehouse or ingest that is down must not stop the sending halfway; it is reported after it.
      landing.catch(() => {})
      await sendEvents({ source, sender, speed })
      complete = true
      const sendMs = performance.now() - began
      await landing
      const totalMs = performance.now() - began
      return figuresOf(source.rows(), await countLines(ingest, offsets.ranges()), sendMs, totalMs)
    } finally {
      stop.abort()
      bar.stop()
      await sender?.close()
    }
  }
}
