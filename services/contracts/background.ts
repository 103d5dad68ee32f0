/**
 * Work that nobody waits for (trainings, features, forecasts of an origin, compaction) goes on beside what answers people
 * and takes in sales, and yields to it.
 */

/** nice: where processors are short, it gets a tenth of what others get. */
export const BACKGROUND_NICE = 10

/** Settings of a statement in the warehouse that somebody waits for. */
export const ONLINE_SETTINGS = { priority: '1' } as const

/**
 * Settings of a statement that nobody waits for; how many threads it may take is the machine's to say. It lets the others
 * go first: before each block that it reads it waits, for so long at most, while one of them runs. The nice values hold
 * where the warehouse has CAP_SYS_NICE, without which a thread could never be taken back to what it was.
 */
export const BACKGROUND_SETTINGS = {
  priority: '2',
  low_priority_query_wait_time_ms: 200,
  os_threads_nice_value_query: BACKGROUND_NICE,
  os_threads_nice_value_materialized_view: BACKGROUND_NICE,
} as const
