/**
 * What a reader feels of a training: how long pages take to show something, and scans to reach the dashboard, on the
 * whole stack with its years of history and the twin at its usual speed.
 */
import { USUAL_PARTS } from '@shelfcast/platform/parts/parts'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import { openStack, publishReference } from '../ingest/stage.ts'
import { alignTable, type BenchOptions, type BenchResult, quantileOf } from '../measure.ts'
import { endAll, ensureTraining, hasForecasts } from './runs.ts'
import { openScans } from './scans.ts'
import { openVisits, PAGES, type PageName, type Visits } from './visits.ts'

/** Times that each page is opened beside a training, and without one. */
const ROUNDS = 24
const QUICK_ROUNDS = 2
const GOALS = { page: { share: 0.95, ms: 1_500 }, scan: { share: 0.99, ms: 10_000 } }

/** Milliseconds. */
type Waits = readonly number[]
interface Measurement {
  pages: Record<PageName, Waits>
  scans: Waits
}

export async function benchBesideTraining({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS
  const tools = await prepareTools(progress, { models: true })
  const { stack, close } = await progress.step('Stack with its history', () => openStack(USUAL_PARTS, tools))
  const address = stack.addresses.api!
  const visits = await openVisits(address)
  const scans = await openScans({ brokers: stack.environment.KAFKA_BROKERS!, address })
  const measure = (title: string, store: number, prepare: () => Promise<void>) =>
    progress.step(title, async (note): Promise<Measurement> => {
      const pages = noWaits()
      const waits = await scans.during(store, () => visitAll({ visits, rounds, pages, prepare, note }))
      return { pages, scans: waits }
    })
  try {
    await publishReference(stack)
    await progress.step('First forecasts', () => hasForecasts(address))
    // The first training begins by itself, and whoever has just started looks at the pages meanwhile.
    const beside = await measure('Beside a training', 0, () => ensureTraining(address))
    await progress.step('Until nothing is under way', () => endAll(address))
    const quiet = await measure('Quiet', 1, async () => undefined)
    return {
      table: tableOf(quiet, beside),
      figures: { ...figuresOf('quiet', quiet), ...figuresOf('beside', beside) },
    }
  } finally {
    await visits.close()
    await scans.close()
    await close()
  }
}

const noWaits = () =>
  Object.fromEntries(PAGES.map(({ name }) => [name, []])) as unknown as Record<PageName, number[]>

async function visitAll(options: {
  visits: Visits
  rounds: number
  pages: Record<PageName, number[]>
  /** Before each visit. */
  prepare(): Promise<void>
  note(text: string): void
}): Promise<void> {
  const { visits, rounds, pages, prepare, note } = options
  for (let round = 1; round <= rounds; round++) {
    note(`round ${round} of ${rounds}`)
    for (const page of PAGES) {
      await prepare()
      pages[page.name].push(await visits.visit(page))
    }
  }
}

const allPages = ({ pages }: Measurement): Waits => Object.values(pages).flat()

function tableOf(quiet: Measurement, beside: Measurement): string {
  const row = (title: string, waits: (of: Measurement) => Waits, goal?: { share: number; ms: number }) => [
    title,
    ...[quiet, beside].flatMap((measurement) => [
      String(waits(measurement).length),
      ...[0.5, 0.95, 0.99].map((share) => milliseconds(quantileOf(waits(measurement), share))),
    ]),
    goal ? verdict(quantileOf(waits(beside), goal.share), goal) : '',
  ]
  return [
    alignTable([
      ['', 'quiet', 'p50', 'p95', 'p99', 'beside a training', 'p50', 'p95', 'p99', 'goal beside it'],
      ...PAGES.map(({ name, path }) => row(`${path} to its first figure`, ({ pages }) => pages[name])),
      row('all pages', allPages, GOALS.page),
      row('scan to dashboard', ({ scans }) => scans, GOALS.scan),
    ]),
    'Pages: a browser that knows nothing yet, from the address to the first figure that is seen.',
    "Scans: from the till's clock to the state that the dashboard is sent, for every basket.",
  ].join('\n')
}

const milliseconds = (ms: number) => `${Math.round(ms)} ms`
const verdict = (ms: number, goal: { share: number; ms: number }) =>
  `p${goal.share * 100} under ${goal.ms / 1_000} s: ${ms < goal.ms ? 'met' : 'not met'}`

function figuresOf(when: 'quiet' | 'beside', measurement: Measurement): Record<string, number> {
  const waits: Record<string, Waits> = {
    ...Object.fromEntries(PAGES.map(({ name }) => [`page_${name}`, measurement.pages[name]])),
    pages: allPages(measurement),
    scan: measurement.scans,
  }
  return Object.fromEntries(
    Object.entries(waits).flatMap(([name, values]) =>
      [0.5, 0.95, 0.99].map((share) => [
        `${when}_${name}_p${share * 100}_ms`,
        Math.round(quantileOf(values, share)),
      ]),
    ),
  )
}
