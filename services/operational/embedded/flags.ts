/**
 * How Node runs the embedded store. PostgreSQL's large functions take V8's optimising compiler 600 MB, for queries of
 * which each takes less than a millisecond: with the first compiler alone it stays at 140 MB, and answers sooner.
 */
export const FLAGS = ['--liftoff-only', '--max-semi-space-size=4'] as const
