/** What all connectors do: ask for what is no longer fresh, check the answers, keep them in the raw zone. */
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { JobContext } from '../engine/job.ts'
import { type HttpSource, SourceError } from './http-source.ts'
import { type AnswerSeries, etagOf, keep, newestAnswers } from './kept.ts'

export interface Question {
  /** Names the answer among those of its series; letters, digits, `.`, `_` and `-`. */
  key: string
  path: string
  query: Record<string, string>
  /** An answer fetched at this time (milliseconds since 1970) or later still holds. */
  freshSince: number
}

export interface Dataset<T extends TSchema> {
  source: HttpSource
  /** Where the answers are kept. */
  series: AnswerSeries
  /** What the service documents. */
  schema: T
  /** What is wrong with an answer that has the documented shape. */
  fault(answer: Static<T>, question: Question): string | undefined
  /** What the service says where it declines with status 200. */
  declines?(answer: unknown): string | undefined
  /** Query of the page after this one; undefined after the last. */
  nextPage?(answer: Static<T>): Record<string, string> | undefined
  /** How far back answers count that are no longer fresh: they serve while no newer one can be had. */
  rememberedMs: number
}

/** Of the job that collects. */
export type CollectContext = JobContext<'fetch-weather' | 'fetch-holidays' | 'fetch-macro'>

export interface Collected {
  figures: Record<
    'wanted' | 'fresh' | 'kept' | 'unchanged' | 'declined' | 'refused' | 'left' | 'bytes',
    number
  >
  /** Keys that have an answer in the raw zone now, of whatever age. */
  served: Set<string>
  /** What went wrong, each once: the beginning of a sentence. */
  faults: string[]
  /** False when the service could not be asked for all that was wanted. */
  isReached: boolean
}

/** Series of what is not as documented. */
const REFUSED_SERIES = 'refused'
/** Pages of one document are few; more is a service that never ends. */
const MAX_PAGES = 50

type Page = { key: string; url: URL; body: Buffer; etag: string | undefined }

/** Asks for one document after the other: free services count parallel requests against their users. */
export async function collect<T extends TSchema>(
  dataset: Dataset<T>,
  questions: readonly Question[],
  context: CollectContext,
): Promise<Collected> {
  const { source, series } = dataset
  const { log, signal } = context
  const { lake } = context.backends
  const { force } = context.parameters
  const oldest = Math.min(context.now(), ...questions.map(({ freshSince }) => freshSince))
  const newest = await newestAnswers(lake, series, oldest - dataset.rememberedMs)
  const figures = {
    wanted: questions.length,
    fresh: 0,
    kept: 0,
    unchanged: 0,
    declined: 0,
    refused: 0,
    left: 0,
    bytes: 0,
  }
  const served = new Set<string>()
  const declined: string[] = []
  const refused: string[] = []
  let stop: string | undefined

  for (const question of questions) {
    const entry = newest.get(question.key)
    if (entry) served.add(question.key)
    if (entry && !force && entry.fetchedAt >= question.freshSince) {
      figures.fresh += 1
    } else if (stop !== undefined) {
      figures.left += 1
    } else {
      await take(question, entry && (await etagOf(lake, entry)))
    }
  }

  async function take(question: Question, etag: string | undefined): Promise<void> {
    try {
      const pages = await ask(question, etag)
      if (pages === undefined) {
        figures.unchanged += 1
        return
      }
      // The first page last: where it is, all are.
      for (const { key, url, body, etag } of pages.toReversed()) {
        const name = await keep(lake, series, key, body, { from: url.href, fetchedAt: context.now(), etag })
        log.debug(`raw/${name}: ${body.byteLength} bytes`)
        figures.bytes += body.byteLength
      }
      figures.kept += 1
      served.add(question.key)
    } catch (error) {
      if (error instanceof Refusal) {
        await putAside(error)
        figures.refused += 1
        refused.push(`${question.key}: ${error.message}`)
      } else if (!(error instanceof SourceError)) {
        throw error
      } else if (error.kind === 'declined' || error.kind === 'too_large') {
        figures.declined += 1
        declined.push(`${question.key}: ${error.message}`)
      } else {
        figures.left += 1
        // What is away or overloaded now is so for the rest as well.
        stop =
          error.kind === 'unreachable'
            ? `${source.host} cannot be reached (${error.message})`
            : `${source.host} ${error.message}`
      }
    }
  }

  /** All pages, or undefined when what is kept still holds. */
  async function ask(question: Question, etag: string | undefined): Promise<Page[] | undefined> {
    const pages: Page[] = []
    let query: Record<string, string> | undefined = question.query
    while (query) {
      const url = source.urlOf(question.path, query)
      const answer = await source.get(url, {
        signal,
        etag: pages.length === 0 && !force ? etag : undefined,
      })
      if (answer === undefined) return undefined
      const key = pages.length === 0 ? question.key : `${question.key}_page-${pages.length + 1}`
      const page = { key, url, ...answer }
      const value = checked(page, question)
      pages.push(page)
      const next = dataset.nextPage?.(value)
      if (next && pages.length === MAX_PAGES) throw new Refusal(page, `has more than ${MAX_PAGES} pages`)
      query = next && { ...question.query, ...next }
    }
    return pages
  }

  function checked(page: Page, question: Question): Static<T> {
    let value: unknown
    try {
      value = JSON.parse(page.body.toString('utf8'))
    } catch {
      throw new Refusal(page, 'is not JSON')
    }
    const refusal = dataset.declines?.(value)
    if (refusal !== undefined) throw new SourceError('declined', `answered: ${refusal}`)
    if (!Value.Check(dataset.schema, value)) {
      const [first] = Value.Errors(dataset.schema, value)
      throw new Refusal(
        page,
        `${first?.instancePath || 'the answer'} ${first?.message ?? 'is not as documented'}`,
      )
    }
    const fault = dataset.fault(value, question)
    if (fault !== undefined) throw new Refusal(page, fault)
    return value
  }

  async function putAside({ page, message }: Refusal): Promise<void> {
    await keep(lake, { ...series, series: REFUSED_SERIES }, `${series.series}_${page.key}`, page.body, {
      from: page.url.href,
      fetchedAt: context.now(),
      etag: page.etag,
      reason: message,
    })
  }

  const faults = [
    ...(stop === undefined ? [] : [stop]),
    ...counted(declined, (first, others) => `${source.host} did not give ${first}${others}`),
    ...counted(
      refused,
      (first, others) =>
        `${source.host} answered otherwise than documented, ${first}${others} (kept under raw/${seriesFolder(series.kind, series.source, REFUSED_SERIES)})`,
    ),
  ]
  return { figures, served, faults, isReached: stop === undefined }
}

/** An answer that is not as documented. */
class Refusal extends Error {
  readonly page: Page
  constructor(page: Page, reason: string) {
    super(reason)
    this.page = page
  }
}

function counted(cases: string[], sentence: (first: string, others: string) => string): string[] {
  const [first, ...rest] = cases
  return first === undefined ? [] : [sentence(first, rest.length === 0 ? '' : ` and ${rest.length} more`)]
}
