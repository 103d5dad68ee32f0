/** Threads of the process. Imported before anything that might start libuv's pool, whose size is read only once. */

// Each running query holds a thread from its start to its end; a retail dashboard with a few analysts stays far below.
export const MAX_QUERIES = 32

// Besides queries: KILL statements, which must always get a thread, and file reads.
process.env.UV_THREADPOOL_SIZE = String(MAX_QUERIES + 8)
