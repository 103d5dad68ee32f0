/**
 * How long everything is kept: retention.json, where variables of the environment may replace single values.
 *
 * The age of a row is told by the wall clock (when the producer sent it), never by event_time: the twin's stores live
 * faster than the wall clock. The age of an object is the time since it was written.
 */
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { ZONES } from './lake.ts'
import retention from './retention.json' with { type: 'json' }
import { TOPICS } from './topics.ts'

const MOST_DAYS = 36_500
/** Null: kept. */
const Days = Type.Union([Type.Integer({ minimum: 1, maximum: MOST_DAYS }), Type.Null()])
const rule = {
  days: Days,
  reason: Type.String({ minLength: 1 }),
  /** Replaces `days`: a number, or "keep". */
  variable: Type.Optional(Type.String({ pattern: '^RETENTION_[A-Z_]+_DAYS$' })),
}
const closed = { additionalProperties: false }

export const LakeRule = Type.Object(
  {
    ...rule,
    zone: Type.Enum([...ZONES]),
    /** Folders of the zone, with their slash; "" is all of it. */
    prefixes: Type.Array(Type.String({ pattern: '^$|/$' }), { minItems: 1 }),
    /** Only objects that carry it. */
    tag: Type.Optional(Type.Object({ key: Type.String(), value: Type.String() }, closed)),
  },
  closed,
)
export type LakeRule = Static<typeof LakeRule>

const NAME = '^[a-z][a-z0-9_]*$'
export const TableRule = Type.Object(
  {
    ...rule,
    /** Date or DateTime that tells the age of a row. */
    column: Type.Optional(Type.String({ pattern: NAME })),
  },
  closed,
)
export type TableRule = Static<typeof TableRule>

const Rule = Type.Object(rule, closed)
/** Of 0 days the last few stay all the same. */
const SnapshotRule = Type.Object(
  { ...rule, days: Type.Union([Type.Integer({ minimum: 0, maximum: MOST_DAYS }), Type.Null()]) },
  closed,
)

export const Retention = Type.Object(
  {
    lake: Type.Record(Type.String({ pattern: NAME }), LakeRule),
    unfinished_uploads: Rule,
    curated_snapshots: SnapshotRule,
    warehouse: Type.Record(Type.String({ pattern: NAME }), TableRule),
    /** Tables that are not named. */
    warehouse_others: Type.Object({ days: Type.Null(), reason: Type.String() }, closed),
    topics: Type.Object(Object.fromEntries(TOPICS.map((topic) => [topic, Rule])), closed),
    system_logs: Type.Object({ ...rule, tables: Type.Array(Type.String({ pattern: NAME })) }, closed),
  },
  closed,
)
export type Retention = Static<typeof Retention>

export const KEEP = 'keep'

/** Variables that replace single values, each with the value of the file as its default. */
export const RetentionEnvironment = Type.Object(
  Object.fromEntries(
    rulesOf(retention as Retention).flatMap(({ variable, days }) =>
      variable === undefined ? [] : [[variable, Type.String({ default: String(days ?? KEEP) })]],
    ),
  ),
)

/**
 * The file, with what the environment says in its place.
 * @throws for a file that is not of the schema, and for a variable that is neither days nor "keep"
 */
export function retentionOf(environment: Record<string, string | undefined>): Retention {
  const document = structuredClone(retention) as unknown
  if (!Value.Check(Retention, document)) {
    const [fault] = Value.Errors(Retention, document)
    throw new Error(
      `services/contracts/retention.json${fault!.instancePath}: ${fault!.message}. Correct it; "days" is a whole number from 1, or null for what is kept.`,
    )
  }
  for (const rule of rulesOf(document)) {
    const text = rule.variable === undefined ? undefined : environment[rule.variable]
    if (text) rule.days = daysOf(rule.variable!, text, rule === document.curated_snapshots ? 0 : 1)
  }
  for (const [table, { days, column }] of Object.entries(document.warehouse)) {
    if (days !== null && column === undefined)
      throw new Error(
        `services/contracts/retention.json: ${table} is kept for ${days} days of nothing. Name the "column" that tells the age of its rows, or set "days" to null.`,
      )
  }
  return document
}

function daysOf(variable: string, text: string, least: number): number | null {
  if (text === KEEP) return null
  const days = Number(text)
  if (/^\d+$/.test(text) && days >= least && days <= MOST_DAYS) return days
  throw new Error(
    `${variable} is "${text}". Use a number of days from ${least} to ${MOST_DAYS}, or "${KEEP}".`,
  )
}

function rulesOf({
  lake,
  warehouse,
  topics,
  unfinished_uploads,
  curated_snapshots,
  system_logs,
}: Retention): Static<typeof Rule>[] {
  return [
    ...Object.values(lake),
    unfinished_uploads,
    curated_snapshots,
    ...Object.values(warehouse),
    ...Object.values(topics),
    system_logs,
  ]
}
