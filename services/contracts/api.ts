/** Answers of the API and pushes of its WebSocket: from these come OpenAPI and the dashboard's types. */
import { type Static, Type } from 'typebox'
import { RunsState } from './model-answers.ts'
import { SparkJob } from './spark-jobs.ts'
import { DirectorState } from './twin.ts'

export const Count = Type.Integer({ minimum: 0 })
const Minor = Type.Integer({ description: 'minor units of the currency' })
export const Time = Type.String({ format: 'date-time', description: 'UTC' })

/** Sums in one currency. Amounts of several currencies are never added. */
export const Money = Type.Object({ currency: Type.String(), amount: Minor })

export const ErrorAnswer = Type.Object(
  {
    error: Type.String({ description: 'code, for programs' }),
    message: Type.String({ description: 'the object, what was found, and the fix' }),
  },
  { $id: 'ErrorAnswer' },
)

const PartState = Type.Object({
  name: Type.String({ description: 'as in components.json' }),
  title: Type.String(),
  role: Type.String(),
  healthy: Type.Boolean(),
  detail: Type.String({ description: 'what is wrong, or empty' }),
})

export const Health = Type.Object(
  {
    at: Time,
    healthy: Type.Boolean({ description: 'every part is' }),
    parts: Type.Array(PartState),
  },
  { $id: 'Health' },
)
export type Health = Static<typeof Health>

const TopicState = Type.Object({
  topic: Type.String(),
  messages: Count,
  /** Messages that are in Kafka and not yet in the warehouse. */
  lag_messages: Count,
  blocks: Count,
  lines_accepted: Count,
  lines_reversed: Type.Integer({
    minimum: 0,
    description: 'accepted lines of return baskets; not in lines_accepted',
  }),
  lines_refused: Count,
  lines_late: Type.Integer({
    minimum: 0,
    description: 'accepted lines whose event time lay further behind their store than is allowed',
  }),
  offsets_missing: Type.Integer({
    minimum: 0,
    description: 'offsets that Kafka no longer held when they were to be read; 0 in a healthy chain',
  }),
  lake_rows: Type.Integer({ minimum: 0, description: 'rows of the loaded blocks, by the ledger' }),
  warehouse_rows: Type.Integer({ description: 'fact rows and dead letters of these blocks, by the tables' }),
  rows_expired: Type.Integer({
    minimum: 0,
    description: 'of lake_rows, those that may be gone, as their table does not keep them for so long',
  }),
  rows_missing: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'of all others, those that are not in the tables; below 0, that are too many. Of one moment, so anything but 0 is a fault; null while that cannot be told',
  }),
  bytes: Type.Integer({ minimum: 0, description: 'Parquet in the raw zone' }),
  newest_block_at: Type.Union([Time, Type.Null()]),
})

/** Of a reason of refusals.ts. */
export const explanation = {
  rule: Type.String(),
  fix: Type.String(),
  settled: Type.Union([Type.String(), Type.Null()], {
    description: 'why nobody has to act; null where somebody has to',
  }),
}

const RefusalCount = Type.Object({
  topic: Type.String(),
  reason: Type.String(),
  ...explanation,
  lines: Count,
})

const BlockState = Type.Object({
  key: Type.String(),
  topic: Type.String(),
  partition: Count,
  begin_offset: Count,
  end_offset: Count,
  rows_accepted: Count,
  rows_refused: Count,
  bytes: Count,
  loaded_at: Time,
})

const DeadLetter = Type.Object({
  topic: Type.String(),
  epoch: Count,
  partition: Count,
  offset: Count,
  line_no: Count,
  reason: Type.String(),
  detail: Type.String(),
  store_id: Type.String(),
  message_id: Type.String(),
  produced_at: Time,
  payload: Type.String({ description: 'original bytes as text, at most 2,000 characters' }),
})

const SparkJobState = Type.Object({
  ...SparkJob.properties,
  state: Type.Union([...SparkJob.properties.state.anyOf, Type.Literal('silent')], {
    description: 'silent: it was running and has said nothing for long',
  }),
})

const Latency = Type.Object({
  /** Of sales: from the producer's clock to the row being readable in the warehouse, over the last ten minutes; null when idle. */
  p50_ms: Type.Union([Count, Type.Null()]),
  p99_ms: Type.Union([Count, Type.Null()]),
})

/** Every stage with its counts. */
export const PipelineState = Type.Object(
  {
    at: Time,
    parts: Type.Array(PartState),
    topics: Type.Array(TopicState),
    dead_letter_messages: Count,
    dead_letters_open: Type.Union([Count, Type.Null()], {
      description:
        'dead letters on which somebody has to act, some seconds old; null while that cannot be told',
    }),
    refusals: Type.Array(RefusalCount),
    latest_blocks: Type.Array(BlockState),
    latest_dead_letters: Type.Array(DeadLetter, { description: 'without what is settled by rule' }),
    latency: Latency,
    spark_jobs: Type.Array(SparkJobState, { description: 'jobs of spark-jobs/, running or ended' }),
  },
  { $id: 'PipelineState' },
)
export type PipelineState = Static<typeof PipelineState>

const LatestBasket = Type.Object({
  basket_id: Type.String(),
  kind: Type.String(),
  store_id: Type.String(),
  store_name: Type.String(),
  time_zone: Type.String(),
  event_time: Time,
  produced_at: Time,
  currency: Type.String(),
  lines: Count,
  net_amount: Minor,
})

export const LatestBaskets = Type.Object({ baskets: Type.Array(LatestBasket) }, { $id: 'LatestBaskets' })
export type LatestBaskets = Static<typeof LatestBaskets>

/** What the Live page shows: rates of the last minute, the last half hour in steps of 10 s, by store, top SKUs. */
export const LiveState = Type.Object(
  {
    at: Time,
    currency: Type.String({
      description:
        'of most baskets of the window; the figures below are in it. XXX (ISO 4217: none) while nothing is known',
    }),
    other_currencies: Type.Array(Money, { description: 'last 30 minutes' }),
    last_minute: Type.Object(
      { net_amount: Minor, baskets: Count, pieces: Type.Integer() },
      { description: 'the 60 s up to `at`; the 10 s bucket that the edge cuts counts by its share' },
    ),
    minute_before: Type.Object({ net_amount: Minor, baskets: Count, pieces: Type.Integer() }),
    series: Type.Array(
      Type.Object({ bucket: Time, net_amount: Minor, baskets: Count, pieces: Type.Integer() }),
      { description: 'every 10 s bucket of the last 30 minutes, empty ones included, oldest first' },
    ),
    stores: Type.Array(
      Type.Object({
        store_id: Type.String(),
        name: Type.String(),
        net_amount: Minor,
        baskets: Count,
        pieces: Type.Integer(),
        spark: Type.Array(Minor, { description: 'net amount a minute, last 30 minutes, oldest first' }),
      }),
      { description: 'last 30 minutes, highest net amount first, at most 500' },
    ),
    top_skus: Type.Array(
      Type.Object({
        sku: Type.String(),
        name: Type.String(),
        category: Type.String(),
        pieces: Type.Integer(),
        net_amount: Minor,
      }),
      { description: 'last 30 minutes, highest net amount first, ten of them' },
    ),
    latest_baskets: Type.Array(LatestBasket),
    latency: Latency,
    /** Store time of the newest sale: the twin's clock runs faster than the wall. */
    newest_event_time: Type.Union([Time, Type.Null()]),
    lines_total: Count,
  },
  { $id: 'LiveState' },
)
export type LiveState = Static<typeof LiveState>

export const SalesByStoreHour = Type.Object(
  {
    rows: Type.Array(
      Type.Object({
        store_id: Type.String(),
        hour: Time,
        currency: Type.String(),
        lines: Count,
        pieces: Type.Integer({ description: 'goods sold by the piece; weighed goods are left out' }),
        net_amount: Minor,
      }),
    ),
  },
  { $id: 'SalesByStoreHour' },
)
export type SalesByStoreHour = Static<typeof SalesByStoreHour>

/** The twin, as its director tells it. */
export const TwinState = Type.Object(
  {
    at: Time,
    twin: Type.Union([DirectorState, Type.Null()], {
      description: 'null: the stack has no twin, or it does not answer',
    }),
  },
  { $id: 'TwinState' },
)
export type TwinState = Static<typeof TwinState>

/**
 * WebSocket /api/v1/stream?channels=live,pipeline,twin: the whole state of a channel at once, then at each change, at most
 * once a second; and every ten seconds when nothing changes, so that a listener can tell quiet from broken.
 */
export const StreamMessage = Type.Union([
  Type.Object({ channel: Type.Literal('live'), state: LiveState }),
  Type.Object({ channel: Type.Literal('pipeline'), state: PipelineState }),
  Type.Object({ channel: Type.Literal('twin'), state: TwinState }),
  Type.Object({ channel: Type.Literal('runs'), state: RunsState }),
])
export type StreamMessage = Static<typeof StreamMessage>
