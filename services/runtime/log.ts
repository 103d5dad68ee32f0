/** Structured logs: one JSON object a line on standard output; `npm start` turns them into readable text. */
import { type Logger, pino } from 'pino'

export type { Logger }

/** @param part name of the part, as in components.json */
export function createLog(part: string, level = process.env.LOG_LEVEL ?? 'info'): Logger {
  return pino({
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', 'secretKey', '*.password', '*.secretKey'],
  })
}
