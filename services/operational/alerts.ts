/** What is wrong now, and what was: at most one alert of a kind is open for an object. */
import type { Alert } from '@shelfcast/contracts/alerts'
import { type Operational, one } from './client.ts'

export interface Alerts {
  /** Opens an alert, or says of the one that is open that it still holds: with these words, seen now. */
  raise(
    alert: Pick<Alert, 'kind' | 'object' | 'severity' | 'text'> & { detail?: Alert['detail'] },
  ): Promise<{ alert: Alert; isNew: boolean }>
  /** @returns the alert that was open, or undefined */
  clear(kind: string, object: string): Promise<Alert | undefined>
  /** Newest first. */
  open(kind?: string): Promise<Alert[]>
  /** Open and cleared, newest first. */
  latest(limit?: number): Promise<Alert[]>
}

export function createAlerts(operational: Operational): Alerts {
  return {
    async raise({ kind, object, severity, text, detail = {} }) {
      const { is_new, ...alert } = one(
        await operational.query<Alert & { is_new: boolean }>(
          // PostgreSQL leaves xmax of a row at 0 until it is updated.
          `insert into alerts (kind, object, severity, text, detail) values ($1, $2, $3, $4, $5::jsonb)
          on conflict (kind, object) where cleared_at is null do update
          set last_seen_at = now(), severity = excluded.severity, text = excluded.text, detail = excluded.detail
          returning *, xmax = 0 as is_new`,
          [kind, object, severity, text, JSON.stringify(detail)],
        ),
      )
      return { alert, isNew: is_new }
    },
    async clear(kind, object) {
      const [cleared] = await operational.query<Alert>(
        `update alerts set cleared_at = now()
        where kind = $1 and object = $2 and cleared_at is null
        returning *`,
        [kind, object],
      )
      return cleared
    },
    open: (kind) =>
      operational.query<Alert>(
        `select * from alerts
        where cleared_at is null and ($1::text is null or kind = $1)
        order by raised_at desc, id desc`,
        [kind ?? null],
      ),
    latest: (limit = 100) =>
      operational.query<Alert>('select * from alerts order by raised_at desc, id desc limit $1', [limit]),
  }
}
