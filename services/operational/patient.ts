/** The operational store over its restarts, for commands. */
import type { Patience } from '@shelfcast/runtime/patience'
import type { Operational } from './client.ts'

/** Reads are asked again; what writes only while the store has not heard of it. */
export function patientOperational(operational: Operational, patience: Patience): Operational {
  return {
    query: (text, values) =>
      patience.until('operational', () => operational.query(text, values), /^\s*select\b/i.test(text)),
    transaction: (work) => patience.until('operational', () => operational.transaction(work), false),
    ping: () => patience.until('operational', () => operational.ping()),
    close: () => operational.close(),
  }
}
